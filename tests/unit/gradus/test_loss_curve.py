"""The loss curve that a notebook shows: every loss in its place, and no more points than can be seen."""

import re
from xml.etree import ElementTree

import pytest

from contract.responses import EpochResponse
from gradus.loss_curve import HEIGHT, MAX_POINTS, WIDTH, LossCurve, draw_losses


def points(svg: str) -> list[list[tuple[float, float]]]:
    found = ElementTree.fromstring(svg).iterfind(".//{*}polyline")
    return [
        [(float(x), float(y)) for x, y in re.findall(r"([\d.]+),([\d.]+)", line.get("points", ""))] for line in found
    ]


def texts(svg: str) -> str:
    return " | ".join(element.text or "" for element in ElementTree.fromstring(svg).iterfind(".//{*}text"))


def test_losses_stand_in_proportion() -> None:
    svg = draw_losses([(1, 5.0, 6.0), (2, 4.0, 5.5), (3, 2.0, 4.0)], epochs=50)

    training, validation = points(svg)
    assert [x for x, _ in training] == pytest.approx(
        [training[0][0], sum(x for x, _ in training) / 3, WIDTH - 8], 0.001
    )
    unit = (training[2][1] - validation[0][1]) / (6.0 - 2.0)
    assert [y for _, y in training] == pytest.approx([training[2][1] - (loss - 2.0) * unit for loss in (5, 4, 2)], 0.01)
    assert 0 < validation[0][1] < training[2][1] < HEIGHT
    assert "epoch 3 of 50" in texts(svg)
    assert "validation loss 4" in texts(svg)


def test_losses_that_shrink_a_thousandfold_are_on_a_logarithmic_scale() -> None:
    svg = draw_losses([(1, 100.0, None), (2, 1.0, None), (3, 0.01, None)], epochs=3)

    (training,) = points(svg)
    assert training[1][1] - training[0][1] == pytest.approx(training[2][1] - training[1][1], abs=0.2)
    assert "logarithmic" in texts(svg)


@pytest.mark.parametrize(
    "losses", [[(1, 1.0, None)], [(1, None, None)], [(7, 0.0, 0.0), (8, 0.0, None)], [(1, -2.0, 3.0), (2, None, 1e300)]]
)
def test_whatever_the_losses_are_there_is_a_drawing(losses: list[tuple[int, float | None, float | None]]) -> None:
    svg = draw_losses(losses, epochs=9)
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for line in points(svg) for x, y in line)


def test_a_long_training_is_thinned_out_and_drawn_now_and_then_and_at_the_end() -> None:
    drawn: list[str] = []
    curve = LossCurve(5000, drawn.append)
    for number in range(1, 5001):
        curve.add(EpochResponse(epoch=number, train_loss=1 / number, learning_rate=1.0, gradient_norm=1.0, seconds=0.0))
    curve.draw()

    (training,) = points(drawn[-1])
    assert len(training) <= MAX_POINTS + 1
    assert "epoch 1 " in texts(drawn[0])
    assert "epoch 5,000 of 5,000" in texts(drawn[-1])
    assert len(drawn) < 1000


def test_of_several_nets_the_newest_is_drawn_over_the_others() -> None:
    drawn: list[str] = []
    curve = LossCurve(9, drawn.append)
    for net, losses in ((1, (4.0, 3.0, 2.0)), (2, (8.0, 1.0))):
        for number, loss in enumerate(losses, 1):
            curve.add(
                EpochResponse(epoch=number, train_loss=loss, learning_rate=1, gradient_norm=1, seconds=0, net=net)
            )
    curve.draw()

    faint, newest = points(drawn[-1])
    assert (len(faint), len(newest)) == (3, 2)
    assert newest[0][1] < faint[0][1] < faint[2][1] < newest[1][1] < HEIGHT
    assert max(x for x, _ in faint) == WIDTH - 8
    assert "epoch 2 of 9" in texts(drawn[-1])
