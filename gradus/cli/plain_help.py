"""Help without the names of Python's types: a value is TEXT, a NUMBER or a FILE."""

from typing import Any, Final

from typer.core import TyperCommand, TyperOption

VALUE_NAMES: Final = {
    "<str>": "TEXT",
    "<list[str]>": "TEXT",
    "<int>": "NUMBER",
    "<int range>": "NUMBER",
    "<float>": "NUMBER",
    "<path>": "FILE",
}


class PlainHelpCommand(TyperCommand):
    """A command whose help names the values of options in words, and arguments by their names alone."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments and the options, with their help."""
        for parameter in self.params:
            if isinstance(parameter, TyperOption) and parameter.metavar is None and not parameter.is_flag:
                parameter.metavar = VALUE_NAMES.get(parameter.display_type(ctx))
        records: dict[str, list[tuple[str, str]]] = {"argument": [], "option": []}
        for parameter in self.get_params(ctx):
            if (record := parameter.get_help_record(ctx)) is not None:
                name, text = record
                is_argument = parameter.param_type_name == "argument"
                records[parameter.param_type_name].append((name.partition(" <")[0] if is_argument else name, text))
        for kind, heading in (("argument", "Arguments"), ("option", "Options")):
            if records[kind]:
                with formatter.section(heading):
                    formatter.write_dl(records[kind])
