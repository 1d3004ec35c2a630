"""The health of an installation: of each part whether it is well, and if not, what to do.

The process that may look everywhere writes it, and the command line shows it.
"""

from typing import Literal

from contract.responses import ResponseModel

CheckState = Literal["ok", "warning", "wrong"]


class PartCheck(ResponseModel):
    """One part of an installation. A warning can wait, what is wrong cannot; `advice` is empty where all is well."""

    part: str
    state: CheckState
    found: str
    advice: str = ""


class InstallationCheck(ResponseModel):
    """All parts of an installation that could be looked at; it is well if none of them is wrong."""

    object: Literal["diagnosis"] = "diagnosis"
    well: bool
    findings: list[PartCheck]
