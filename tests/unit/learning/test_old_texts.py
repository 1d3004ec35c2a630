"""Models that an earlier version fitted to texts, with an input for each frequent word, predict what they did."""

import base64

import numpy as np

from learning.model import Model
from tests.unit.learning.frames import create_frame, create_numeric, create_text

MODEL = (
    "R1JBRFVTAAEgAgAAAAAAAHsidGFyZ2V0IjoibGFiZWwiLCJpbnB1dHMiOnsiY29sdW1ucyI6W3sidHlwZSI6InRleHQiLCJuYW1l"
    "IjoidGV4dCIsIndvcmRzIjpbImZveCIsImhlbiIsInJlZCIsImJsdWUiLCJ0aGUiXSwid2VpZ2h0cyI6WzEuNjkzMTQ3MTgwNTU5"
    "OTQ1NCwxLjY5MzE0NzE4MDU1OTk0NTQsMS43NDcyMTQ0MDE4MzAyMjExLDIuMjM5NjkwODg2OTI4MDE1LDIuNDQwMzYxNTgyMzkw"
    "MTY2NV0sImZsYWciOnRydWV9LHsidHlwZSI6Im51bWVyaWMiLCJuYW1lIjoibiIsImNlbnRyZSI6Mi44NTQxNjY2NjY2NjY2NjY1"
    "LCJzY2FsZSI6MS45OTk4OTE0OTAxMTE5NTY3LCJtZWRpYW4iOjMuMCwibWluaW11bSI6MC4wLCJtYXhpbXVtIjo2LjAsImZsYWci"
    "OmZhbHNlfV19LCJsYXllcnMiOlt7InR5cGUiOiJkZW5zZSIsInVuaXRzIjozLCJhY3RpdmF0aW9uIjoicmVsdSIsImluaXRpYWxp"
    "emVyIjoiYXV0byJ9XSwib3V0cHV0Ijp7InRhc2siOiJjbGFzc2lmaWNhdGlvbiIsImNsYXNzZXMiOlsibm8iLCJ5ZXMiXX0sImln"
    "bm9yZWQiOlsibGFiZWwiXSwiZm9ybWF0cyI6W119ICAgICDA9iM+AKynPHgjnTtXoC2/kUmav50WAcCf+vI/jDvWP+//lD8Or9W+"
    "xk8Rv/zXyD5D6sY/BuNKP0Gqnj/1M6i/HL1gv53tJr6dV8o/e3/OP7WxNj9o4AQ/17eZP2Qbjj9WTJK/Lum4v6Esv7/60Q5AzUFO"
    "ktUm47osqC/iVQm6gpobKZL5n0lQHNpw/XkQXVk="
)
"""Of a table with a text and a number, which was trained before texts became terms with vectors."""


def test_a_model_of_an_earlier_version_predicts_the_same_from_texts():
    model = Model.from_bytes(base64.b64decode(MODEL))
    rows = create_frame(text=create_text(["Red FOX", "the hen", None]), n=create_numeric([1.0, 2.0, 3.0]))
    expected = [0.9030485476222757, 0.05781459688601349, 0.0009350868657666535]
    np.testing.assert_allclose(model.predict(rows)[0].numbers[:, 1], expected, rtol=1e-5)
    again = Model.from_bytes(model.to_bytes())
    np.testing.assert_array_equal(again.predict(rows)[0].numbers, model.predict(rows)[0].numbers)
    assert model.header.inputs.columns[0].words == ("fox", "hen", "red", "blue", "the")
