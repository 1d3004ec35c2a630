"""Pictures of a job: size, variation and layers where it says nothing of them, and whether features can be made.

And advice: of few photographs a net learns little from pixels, and much from the features of another net.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final, NamedTuple

from contract.responses import ColumnResponse, FieldError
from contract.specs import JobSpec
from learning.data.augment_spec import AugmentSpec
from learning.image_features import FeatureNet
from learning.insight.diagnosis.data import MIN_CLASS_RATIO
from learning.spelling import cut_name, quote_names
from learning.training.image_default_reasons import explain_feature_training, explain_image_training
from learning.training.image_defaults import are_directed, choose_feature_training, choose_image_training
from service.jobs.candidate import JobCandidate
from service.jobs.target_validation import Finding
from tables import MissingFeatureNet, find_feature_net

FEW_PICTURES: Final = 1_000
"""Of fewer photographs a class than this, features of a net that others trained tell more than pixels do."""

MIN_CLASS_PICTURES: Final = 20
"""Of fewer pictures of a class than this so few are held out that nobody knows how often it is recognised."""

MAX_NAMED: Final = 20
"""The most other columns in a list of features that is proposed."""


class CompleteImage(NamedTuple):
    """A spec with how pictures are seen and trained on decided, if they are learned from."""

    spec: JobSpec
    feature_net: FeatureNet | None = None
    """What makes features of them, if the spec wants these, and it is there."""
    reasons: Mapping[str, str] = MappingProxyType({})
    """Why what the spec left open was decided as it is, by setting."""


def complete_image(spec: JobSpec, columns: Sequence[ColumnResponse], rows: int) -> CompleteImage:
    """Decide what a spec leaves open of pictures, if it learns from any."""
    names, inputs = spec.target_names, None if spec.features is None else frozenset(spec.features)
    images = [
        column.images
        for column in columns
        if column.images and (column.name not in names if inputs is None else column.name in inputs)
    ]
    if not images:
        return CompleteImage(spec)
    side, net = (images[0].width.median + images[0].height.median) // 2, None
    if spec.image.features is None:
        targets = [column for column in columns if column.name in names]
        directed = images[0].grey or spec.task == "regression" or any(map(_has_directed_classes, targets))
        chosen = choose_image_training(rows, side, directed=directed, image=spec.image)
        reasons = explain_image_training(chosen, rows, side, directed=directed)
    else:
        chosen = choose_feature_training(rows, side, image=spec.image)
        if (net := _find_net(chosen["image"].size)) is not None:
            sha256 = spec.image.feature_net or net.sha256
            chosen["image"] = replace(chosen["image"], size=net.size, feature_net=sha256)
        reasons = explain_feature_training(chosen, rows, side)
    chosen["layers"] = list(chosen["layers"])
    decided = {name: value for name, value in chosen.items() if name == "image" or name not in spec.model_fields_set}
    sent = {f"image.{name}" for name in ("size", "augment") if getattr(spec.image, name) is not None}
    sent |= spec.model_fields_set
    open_reasons = {name: reason for name, reason in reasons.items() if name not in sent}
    return CompleteImage(spec.model_copy(update=decided), net, open_reasons)


def _has_directed_classes(target: ColumnResponse) -> bool:
    """Whether the classes of pictures say that these may not be mirrored."""
    return target.type == "numeric" or are_directed(value.value for value in target.top or ())


def _find_net(size: int) -> FeatureNet | None:
    try:
        return find_feature_net(size)
    except MissingFeatureNet:
        return None


def check_pictures(job: JobCandidate) -> Iterator[Finding]:
    """Whether features of pictures can be made as the spec wants, or would probably be better."""
    image = job.spec.image
    pictures = [column.name for column in job.features if column.images and column.name not in job.skip_reasons]
    if len(pictures) > 1:
        yield _refuse_second_column(job, pictures)
    has_pictures = bool(pictures)
    if image.features is not None:
        if not has_pictures:
            detail = "needs a column of pictures among the features, and there is none"
            yield FieldError(pointer="#/image/features", detail=detail, code="no_pictures", given=image.features)
        else:
            yield from _check_features(job)
    elif image.feature_net is not None:
        detail = 'says which net makes features, so set image.features to "pretrained" too'
        yield FieldError(pointer="#/image/feature_net", detail=detail, code="needs_features", given=image.feature_net)
    elif has_pictures and job.task == "classification":
        yield from _advise(job)
    if has_pictures and job.task == "classification":
        yield from _warn_of_rare_class(job)


def _refuse_second_column(job: JobCandidate, pictures: Sequence[str]) -> FieldError:
    """The error that several columns hold pictures, of which one can be learned from."""
    others = [column.name for column in job.features if column.images is None]
    named = " and ".join(quote_names([name]) for name in pictures[:2]) if len(pictures) == 2 else quote_names(pictures)
    kept = json.dumps([pictures[0], *others[:MAX_NAMED]], ensure_ascii=False)
    more = f" and the other {len(others) - MAX_NAMED:,}" if len(others) > MAX_NAMED else ""
    detail = (
        f"{named} hold pictures, and a net sees one picture a row: name the features with one of them, "
        f"such as {kept}{more}"
    )
    return FieldError(pointer="#/features", detail=detail, code="several_pictures", given=job.spec.features)


def _check_features(job: JobCandidate) -> Iterator[FieldError]:
    """Whether the net for the features is there, and takes what the spec says."""
    image = job.spec.image
    try:
        net = find_feature_net(image.size)
    except MissingFeatureNet as missing:
        detail = f"cannot be made here. {missing.detail} {missing.advice}"
        yield FieldError(pointer="#/image/features", detail=detail, code="no_feature_net", given=image.features)
        return
    if image.feature_net not in {None, net.sha256}:
        detail = f"is not the net of this installation, which has the SHA-256 {net.sha256}"
        yield FieldError(pointer="#/image/feature_net", detail=detail, code="no_feature_net", given=image.feature_net)
    if image.augment not in {None, AugmentSpec()}:
        detail = "does not go with features, which are made once of each picture; leave it out"
        yield FieldError(pointer="#/image/augment", detail=detail, code="not_with_features")


def _advise(job: JobCandidate) -> Iterator[str]:
    """The advice to learn from features, for few photographs."""
    photographs = any(column.images is not None and not column.images.grey for column in job.features)
    classes = job.classes or 0
    if not photographs or not classes or job.labelled_rows >= FEW_PICTURES * classes or "layers" in job.sent_fields:
        return
    how = 'set image.features to "pretrained" (`--pretrained`, or "Pictures" among the advanced settings of the page)'
    try:
        find_feature_net()
    except MissingFeatureNet as missing:
        how += f", once the operator has installed it. {missing.advice}".removesuffix(".")
    yield (
        f"There are about {job.labelled_rows // classes:,} pictures of each class. If they are photographs, features "
        f"of a net that others trained tell them apart better than so few pictures teach: {how}."
    )


def _warn_of_rare_class(job: JobCandidate) -> Iterator[str]:
    """What cannot be known of a class of few pictures, and what a net does with one far rarer than another."""
    target = job.target
    counts = {each.value: each.count for each in target.top or ()}
    if len(counts) < 2 or len(counts) != target.distinct:
        return
    rare, common = min(counts, key=counts.__getitem__), max(counts, key=counts.__getitem__)
    if (count := counts[rare]) < MIN_CLASS_PICTURES:
        held_out = max(1, round(job.held_out_rows / max(job.labelled_rows, 1) * count))
        yield (
            f"Of '{cut_name(rare)}' there are {count:,} pictures, of which about {held_out:,} are held out: that tells "
            "hardly how often the net will recognise it. Some dozens of each class do."
        )
    if counts[common] >= MIN_CLASS_RATIO * count and job.spec.class_weights is None:
        yield (
            f"There are {counts[common] // count:,} pictures of '{cut_name(common)}' for each of '{cut_name(rare)}', "
            f"so a net is mostly right that never says '{cut_name(rare)}'. If it matters as much, set class_weights to "
            '"balanced".'
        )
