"""Prints the versions of the clients that are installed here, as JSON."""

import json
from importlib.metadata import version

import tritonclient.http as triton

assert triton.InferInput
print(json.dumps({each: version(each) for each in ("mlflow", "tritonclient")}))
