"""Names of months, weekdays and time zones in dates, with what each stands for."""

from typing import Final

_MONTH_NAMES: Final = (
    "jan january januar janvier janv enero ene gennaio gen janeiro januari jänner",
    "feb february februar février févr fevrier fevr fév febrero febbraio fevereiro fev februari feber",
    "mar march märz mär mrz maerz mars marzo março marco maart mrt",
    "apr april avril avr abril abr aprile",
    "may mai mayo maggio mag maio mei",
    "jun june juni juin junio giugno giu junho",
    "jul july juli juillet juil julio luglio lug julho",
    "aug august août aout agosto ago augustus",
    "sep sept september septembre septiembre settembre set setembro",
    "oct october oktober okt octobre octubre ottobre ott outubro out",
    "nov november novembre noviembre novembro",
    "dec december dezember dez décembre déc decembre diciembre dic dicembre dezembro",
)
"""The names of each month in English, German, French, Spanish, Italian, Portuguese and Dutch."""

_MORE_MONTH_NAMES: Final = (
    "ianuarie január sty stycznia styczeń led ledna leden ocak oca tammikuuta tammikuu",
    "februarie február lut lutego luty úno února únor şub şubat subat helmikuuta helmikuu",
    "marts martie március marca marzec bře března březen mart maaliskuuta maaliskuu",
    "aprilie április kwi kwietnia kwiecień dub dubna duben nis nisan huhtikuuta huhtikuu",
    "maj május maja kvě května květen may\u0131s mayis toukokuuta toukokuu",
    "iunie június cze czerwca czerwiec června červen haz haziran kesäkuuta kesäkuu",
    "iulie július lip lipca lipiec července červenec tem temmuz heinäkuuta heinäkuu",
    "augusti augusztus agustus sie sierpnia sierpień srp srpna srpen ağu ağustos agustos elokuuta elokuu",
    "septembrie szeptember wrz września wrzesień září eyl eylül eylul syyskuuta syyskuu",
    "octombrie október paź października październik říj října říjen ekim eki lokakuuta lokakuu",
    "noiembrie lis listopada listopad listopadu kas kas\u0131m kasim marraskuuta marraskuu",
    "decembrie desember des gru grudnia grudzień pro prosince prosinec aral\u0131k aralik joulukuuta joulukuu",
)
"""Those in Scandinavian languages, Finnish, Polish, Czech, Hungarian, Romanian and Turkish; none has two meanings."""

_CYRILLIC_MONTH_NAMES: Final = (
    "янв января январь січня січень",
    "фев февр февраля февраль лютого лютий",
    "мар марта март березня березень",
    "апр апреля апрель квітня квітень",
    "мая май травня травень",
    "июн июня июнь червня червень",
    "июл июля июль липня липень",
    "авг августа август серпня серпень",
    "сен сент сентября сентябрь вересня вересень",
    "окт октября октябрь жовтня жовтень",
    "ноя нояб ноября ноябрь",
    "дек декабря декабрь грудня грудень",
)
"""Those in Russian and Ukrainian."""

MONTHS: Final = {
    name: month
    for month, names in enumerate(zip(_MONTH_NAMES, _MORE_MONTH_NAMES, _CYRILLIC_MONTH_NAMES, strict=True), 1)
    for name in " ".join(names).split()
}
"""The month, 1 to 12, of each name in lower case."""

_WEEKDAY_NAMES: Final = (
    "mon monday tue tues tuesday wed weds wednesday thu thur thurs thursday fri friday sat saturday sun sunday",
    "mo di mi do fr sa so montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag",
    "lun mer jeu ven sam dim lundi mardi mercredi jeudi vendredi samedi dimanche",
    "mar mié mie jue vie sáb sab dom lunes martes miércoles miercoles jueves viernes sábado sabado domingo",
    "gio lunedì martedì mercoledì giovedì venerdì sabato domenica",
    "seg ter qua qui sex segunda terça quarta quinta sexta",
    "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira",
    "ma wo vr za zo maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
)

WEEKDAYS: Final = frozenset(" ".join(_WEEKDAY_NAMES).split())
"""Names of weekdays in the same languages, in lower case; what they say is not checked, as the date says it too."""

ZONE_MINUTES: Final = {
    **dict.fromkeys(("Z", "UTC", "GMT", "UT", "WET"), 0),
    "EST": -300,
    "EDT": -240,
    "CST": -360,
    "CDT": -300,
    "MST": -420,
    "MDT": -360,
    "PST": -480,
    "PDT": -420,
    "AKST": -540,
    "AKDT": -480,
    "HST": -600,
    "NST": -210,
    "NDT": -150,
    "BRT": -180,
    "ART": -180,
    "BST": 60,
    "WEST": 60,
    "CET": 60,
    "MEZ": 60,
    "CEST": 120,
    "MESZ": 120,
    "EET": 120,
    "SAST": 120,
    "EEST": 180,
    "MSK": 180,
    "PKT": 300,
    "ICT": 420,
    "HKT": 480,
    "SGT": 480,
    "AWST": 480,
    "JST": 540,
    "KST": 540,
    "ACST": 570,
    "AEST": 600,
    "ACDT": 630,
    "AEDT": 660,
    "NZST": 720,
    "NZDT": 780,
}
"""The minutes that each zone is ahead of UTC."""
