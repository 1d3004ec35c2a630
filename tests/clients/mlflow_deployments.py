"""MLflow's clients ask a server for predictions: that of deployments, with a key, and that of the scoring server.

Arguments are an address, rows as JSON, the address of a server that needs no key, and a picture; what came is printed
as JSON.
"""

import base64
import json
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
from mlflow.deployments import get_deploy_client
from mlflow.pyfunc.scoring_server.client import ScoringServerClient

address, rows, keyless, picture = sys.argv[1:]
image = base64.b64encode(Path(picture).read_bytes()).decode()
client = get_deploy_client(address)
frame = pd.DataFrame(json.loads(rows))
split = json.loads(frame.to_json(orient="split"))
scoring = ScoringServerClient(urlsplit(keyless).hostname, urlsplit(keyless).port)
scoring.ping()
try:
    client.predict(endpoint="houses", inputs={"dataframe_records": [{"sqfeet": 1}]})
    refusal = ""
except Exception as error:
    refusal = f"{error} {error.response.text}"
found = {
    "endpoints": [[each.name, each.endpoint_type, each.endpoint_url] for each in client.list_endpoints()],
    "endpoint": client.get_endpoint("houses:1").model.name,
    "split": client.predict(endpoint="houses", inputs={"dataframe_split": split}),
    "version": client.predict(endpoint="houses@live", inputs={"dataframe_split": split}),
    "classes": client.predict(endpoint="dear", inputs={"dataframe_records": json.loads(rows)}),
    "text": client.predict(endpoint="poet", inputs={"prompt": "the cat", "max_tokens": 8, "seed": 1}),
    "ratings": client.predict(
        endpoint="books", inputs={"dataframe_records": [{"reader": "1", "book": "The Amber Dragon"}]}
    ),
    "colours": client.predict(endpoint="colours", inputs={"inputs": {"image": [image]}}),
    "refusal": refusal,
    "scored": scoring.invoke(frame).get_predictions().to_dict("records"),
    "server": scoring.get_version(),
}
json.dump(found, sys.stdout)
