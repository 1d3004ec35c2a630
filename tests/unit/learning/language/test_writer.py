"""A model that writes: the tokens it read one by one or at once, what it draws, and where it stops."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from learning.frame import Frame, TextColumn
from learning.language.drawing import draw_token
from learning.language.sampling import GenerateOptions
from learning.language.spec import choose_language_layers
from learning.language.stops import StopFinder
from learning.language.token_encoder import END_OF_DOCUMENT, TokenEncoder
from learning.language.tokenizers import ByteTokenizer, CharacterTokenizer
from learning.language.writer import GeneratedToken, Writer
from learning.nn.layers import TokenEmbedding
from learning.nn.net import NeuralNet
from learning.nn.next_token import NextTokenPlan
from learning.nn.plan import execute

CONTEXT = 12
ENCODER = TokenEncoder(column="text", tokenizer=CharacterTokenizer.fit("abcdefgh \n"), context=CONTEXT)
VOCABULARY = ENCODER.tokenizer.vocabulary


def create_net(encoder: TokenEncoder = ENCODER, embedding: TokenEmbedding | None = None) -> NeuralNet:
    vocabulary = encoder.tokenizer.vocabulary
    layers = choose_language_layers(16, 2, 2, 0.1)
    net = NeuralNet(encoder.net_inputs, [embedding or layers[0], *layers[1:]], vocabulary, seed=1)
    net.parameters += np.random.default_rng(0).normal(size=net.parameter_count).astype(np.float32) * 0.1
    return net


def write(writer: Writer, prompt: str = "abc", **options: Any) -> tuple[str, list[GeneratedToken]]:
    tokens = [*writer.write(prompt, GenerateOptions(**options))]
    return "".join([token.text for token in tokens]), tokens


@pytest.mark.parametrize("embedding", [TokenEmbedding(units=16), TokenEmbedding(units=16, run=3, positions=False)])
def test_tokens_one_by_one_or_together_give_the_logits_of_the_whole_text(embedding: TokenEmbedding) -> None:
    net, tokens = create_net(embedding=embedding), np.random.default_rng(2).integers(0, VOCABULARY, CONTEXT + 1)
    whole = net.plan_tokens(1)
    execute(whole.plan_forward(tokens[None].astype(np.int32)))
    for first in (1, 3, 7, CONTEXT):
        plan = NextTokenPlan(net)
        np.testing.assert_allclose(plan.read(tokens[:first].tolist()), whole.logits[first - 1], rtol=1e-3, atol=1e-4)
        for place in range(first, CONTEXT):
            np.testing.assert_allclose(plan.read([int(tokens[place])]), whole.logits[place], rtol=1e-3, atol=1e-4)


def test_a_text_longer_than_the_context_goes_on_from_its_latter_half() -> None:
    net, tokens = create_net(), np.random.default_rng(2).integers(0, VOCABULARY, 3 * CONTEXT).tolist()
    plan = NextTokenPlan(net)
    for token in tokens[: CONTEXT + 1]:
        plan.read([token])
    assert plan.tokens == tokens[CONTEXT + 1 - CONTEXT // 2 : CONTEXT + 1]
    expected = NextTokenPlan(net).read(plan.tokens).copy()
    np.testing.assert_allclose(plan.logits, expected, rtol=1e-3, atol=1e-4)


def test_the_same_seed_writes_the_same_and_another_one_another_text() -> None:
    writer = Writer(ENCODER, create_net())
    first, tokens = write(writer, max_tokens=40, temperature=1.0, seed=5)
    assert len(first) == 40
    assert tokens[-1].finish_reason == "length"
    assert [token.finish_reason for token in tokens[:-1]] == [None] * 39
    assert write(writer, max_tokens=40, temperature=1.0, seed=5)[0] == first
    assert write(writer, max_tokens=40, temperature=1.0, seed=6)[0] != first
    assert write(writer, max_tokens=10, temperature=1.0, seed=5)[0] == first[:10]


def test_tokens_are_told_with_their_probability_and_the_most_probable_ones() -> None:
    writer = Writer(ENCODER, create_net())
    expected = writer.expect_next("abc")
    assert expected.sum() == pytest.approx(1)
    assert expected[0] == 0  # what stands for unknown characters
    (token,) = writer.write("abc", GenerateOptions(max_tokens=1, temperature=0.0), top=3)
    assert token.token == writer.tokenizer.tokens[int(expected.argmax())]
    assert token.log_probability == pytest.approx(np.log(expected.max()))
    assert [np.exp(each.log_probability) for each in token.top] == pytest.approx(np.sort(expected)[::-1][:3])
    assert token.top[0].token == token.token


def test_a_row_is_answered_with_what_comes_next() -> None:
    writer = Writer(ENCODER, create_net())
    column = TextColumn(np.array(["abc", None, "abc" * 1000], object))
    predictions, warnings = writer.predict(Frame({"text": column}, 3))
    np.testing.assert_array_equal(predictions.numbers[0], writer.expect_next("abc"))
    np.testing.assert_array_equal(predictions.numbers[1], writer.expect_next(""))
    np.testing.assert_array_equal(predictions.numbers[2], writer.expect_next("abc" * 4))
    assert predictions.labels == writer.tokenizer.tokens
    assert not warnings


def test_texts_before_which_it_stops_are_not_written() -> None:
    writer = Writer(ENCODER, create_net())
    whole, _ = write(writer, max_tokens=60, temperature=1.0)
    stop = whole[20:23]
    found, tokens = write(writer, max_tokens=60, temperature=1.0, stop=("never", stop))
    assert found == whole[: whole.index(stop)]
    assert tokens[-1].finish_reason == "stop"


def test_a_stop_is_found_across_pieces_and_what_only_begins_like_one_is_told() -> None:
    finder = StopFinder(["abc", "x\n"])
    assert [finder.add(piece) for piece in ["za", "b", "ab", "x"]] == ["z", "", "ab", "abx"[:2]]
    assert not finder.has_stopped
    assert finder.finish() == "x"
    finder = StopFinder(["abc"])
    assert [finder.add("aab"), finder.add("cd")] == ["a", ""]
    assert finder.has_stopped


def test_a_model_of_documents_ends_them() -> None:
    tokenizer = CharacterTokenizer.fit(f"ab{END_OF_DOCUMENT}")
    encoder = replace(ENCODER, tokenizer=tokenizer, documents=True)
    net = create_net(encoder)
    net.weights[-1][-1, tokenizer.encode(END_OF_DOCUMENT)[0]] = 50.0  # nothing else is expected
    found, tokens = write(Writer(encoder, net), max_tokens=5)
    assert found == ""
    assert [token.finish_reason for token in tokens] == ["stop"]


def test_bytes_that_are_no_text_are_replaced() -> None:
    encoder = replace(ENCODER, tokenizer=ByteTokenizer())
    found, tokens = write(Writer(encoder, create_net(encoder)), "é", max_tokens=50, temperature=2.0)
    assert "\ufffd" in found
    assert len(tokens) == 50


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"temperature": 1.0}, [0.5, 0.3, 0.15, 0.05]),
        ({"temperature": 0.5}, np.array([0.25, 0.09, 0.0225, 0.0025]) / 0.365),
        ({"temperature": 1.0, "top_k": 2}, [0.625, 0.375, 0, 0]),
        ({"temperature": 1.0, "top_p": 0.79}, [0.625, 0.375, 0, 0]),
        ({"temperature": 1.0, "top_p": 0.81}, np.array([0.5, 0.3, 0.15, 0]) / 0.95),
        ({"temperature": 1.0, "top_p": 0.0}, [1, 0, 0, 0]),
        ({"temperature": 0.0}, [1, 0, 0, 0]),
    ],
)
def test_tokens_are_drawn_as_often_as_their_options_say(
    options: dict[str, Any], expected: NDArray[np.float64] | list[float]
) -> None:
    chances, random = np.log([0.5, 0.3, 0.15, 0.05]), np.random.default_rng(0)
    drawn = [draw_token(chances, GenerateOptions(**options), random) for _ in range(4000)]
    np.testing.assert_allclose(np.bincount(drawn, minlength=4) / 4000, expected, atol=0.03)
    assert set(drawn) == set(np.flatnonzero(expected).tolist())


def test_a_net_without_blocks_reads_at_once_what_it_reads_one_by_one() -> None:
    net = NeuralNet(ENCODER.net_inputs, choose_language_layers(16, 0, 2, 0.0)[:1], VOCABULARY, seed=1)
    together, single = NextTokenPlan(net), NextTokenPlan(net)
    for token in (3, 1, 4, 1, 5):
        single.read([token])
    np.testing.assert_allclose(together.read([3, 1, 4, 1, 5]), single.logits, rtol=1e-4, atol=1e-6)


def test_logits_that_overflow_are_drawn_from() -> None:
    net = create_net()
    writer = Writer(ENCODER, net)
    for logits in ([np.inf, 1, -np.inf, np.nan], [np.nan] * 4, [-np.inf] * 4, [1e38, -1e38, 0, 0]):
        found = writer.find_log_probabilities(np.array(logits + [0] * (VOCABULARY - 4), np.float32))
        assert np.exp(found).sum() == pytest.approx(1)
        assert found[0] == -np.inf
    net.weights[-1][...] *= 1e38
    assert len(write(writer, max_tokens=30, temperature=1e-300)[1]) == 30


def test_what_was_held_back_is_told_when_the_time_is_over() -> None:
    writer = Writer(ENCODER, create_net())
    whole, _ = write(writer, max_tokens=3, temperature=1.0)
    tokens = writer.write("abc", GenerateOptions(max_tokens=60, temperature=1.0, stop=(whole + "x" * 9,)))
    assert next(tokens).text == ""
    times = iter([False, False, True])
    options = GenerateOptions(max_tokens=60, temperature=1.0, stop=(whole + "x" * 9,))
    found = [*writer.write("abc", options, is_over=lambda: next(times))]
    assert [token.text for token in found] == ["", "", whole]
    assert found[-1].finish_reason == "time"


def test_tokens_are_a_prompt_as_the_text_of_them_is() -> None:
    writer = Writer(ENCODER, create_net())
    tokens, options = ENCODER.tokenizer.encode("abc dea" * 9).tolist(), GenerateOptions(max_tokens=9)
    assert [*writer.write(tokens, options)] == [*writer.write("abc dea" * 9, options)]
    assert [*writer.write([], options)] == [*writer.write("", options)]
