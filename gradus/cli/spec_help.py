"""Help for the options of `gradus train`, read from the JSON Schema of a job, where each text and default stands once.

The schema takes most of a second to make, so it is read only when the help of `train` is printed.
"""

from typing import Any, Final, cast

from typer.core import TyperOption

from gradus.cli.plain_help import PlainHelpCommand

FIELD_OF_OPTION: Final[dict[str, tuple[str, str]]] = {
    "activation": ("Dense", "activation"),
    "dropout": ("Dropout", "rate"),
    "learning_rate": ("Adam", "learning_rate"),
    "embedding_min_categories": ("EmbeddingSpec", "min_categories"),
    "embedding_dimensions": ("EmbeddingSpec", "dimensions"),
    "bins": ("NumericSpec", "bins"),
    "patience": ("EarlyStopping", "patience"),
} | {
    name: (part, name)
    for part, names in {
        "JobSpec": (
            *("preset", "epochs", "batch_size", "optimizer", "schedule", "loss", "task"),
            *("weight_decay", "weight_column", "seed"),
        ),
        "SplitSpec": ("validation", "test", "group_by", "order_by", "folds", "fold"),
    }.items()
    for name in names
}
"""The part of the schema and the field in it that describe each option."""

HEADINGS: Final = {
    "optimizer": "Optimizers",
    "schedule": "Learning rate schedules",
    "activation": "Activation functions",
    "loss": "Losses",
    "preset": "Presets",
}

Schema = dict[str, Any]


class SpecHelpCommand(PlainHelpCommand):
    """A command whose options are described by the fields of a job that they set."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help, with the texts and defaults of the schema, and the choices below."""
        definitions = read_definitions()
        for parameter in self.params:
            if isinstance(parameter, TyperOption) and parameter.name in FIELD_OF_OPTION:
                parameter.help = describe_option(definitions, parameter.name, parameter.help or "")
        super().format_help(ctx, formatter)
        for option, heading in HEADINGS.items():
            with formatter.section(heading):
                formatter.write_dl(list(list_choices(definitions, option).items()))


def read_definitions() -> dict[str, Schema]:
    """The schemas of a job and of its parts, by name."""
    from contract.specs import JobSpec

    schema = JobSpec.model_json_schema()
    return {**schema["$defs"], "JobSpec": schema}


def describe_option(definitions: dict[str, Schema], option: str, addition: str) -> str:
    """The help of an option: its field's description, what the command line adds, and the default."""
    part, name = FIELD_OF_OPTION[option]
    field = definitions[part]["properties"][name]
    default = field.get("default")
    if isinstance(default, dict):
        default = cast("Schema", default)["type"]
    elif option == "learning_rate":
        default = f"{default}; sgd: {definitions['Sgd']['properties'][name]['default']}"
    shown = "" if default is None or default == "auto" else f"[default: {default}]"
    return " ".join(text for text in (field["description"].replace("`", ""), addition, shown) if text)


def list_choices(definitions: dict[str, Schema], option: str) -> dict[str, str]:
    """The values that an option takes, and what each is."""
    part, name = FIELD_OF_OPTION[option]
    field = definitions[part]["properties"][name]
    if "discriminator" in field:
        parts = [choice["$ref"].rpartition("/")[2] for choice in field["oneOf"]]
        choices = {definitions[part]["properties"]["type"]["const"]: definitions[part]["description"] for part in parts}
    else:
        choices = {value: field["x-enumDescriptions"][value] for value in field["enum"]}
    return {value: text.replace("`", "") for value, text in choices.items()}
