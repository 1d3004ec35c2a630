"""OpenAI's own client with a real server: completions whole and streamed, models, and errors of its own classes."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

import openai
import pytest

from contract.settings import Settings
from service.app import create_app
from tests.integration.server_under_attack import ServerUnderAttack
from tests.running import wait_for
from tests.unit.service.factories import add_model, sessions_of, train_model
from tests.unit.service.generate.test_generate import train_writer


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerUnderAttack]:
    """A service with the model `poet`, which writes, and `houses`, which predicts a price."""
    service = ServerUnderAttack(tmp_path_factory.mktemp("service"))
    app = create_app(
        Settings(
            data_dir=service.folder,
            database_url=f"sqlite:///{service.folder / 'gradus.sqlite'}",
            broker_url=f"redis+socket://{service.folder}/no-broker.sock",
        )
    )
    add_model(app, train_writer(), "poet")
    add_model(app, train_model("price"), "houses")
    sessions_of(app).kw["bind"].dispose()
    yield service
    service.kill()


@pytest.fixture(scope="module")
def client(service: ServerUnderAttack) -> Iterator[openai.OpenAI]:
    """The client, which knows no more than the address and a key."""
    with openai.OpenAI(base_url=f"http://127.0.0.1:{service.port}/v1", api_key=service.key, max_retries=0) as client:
        yield client


def test_a_seed_repeats_a_completion_and_it_has_its_usage(client: openai.OpenAI) -> None:
    answer, again, other = (
        client.completions.create(model="poet", prompt="the cat", max_tokens=20, seed=seed) for seed in (1, 1, 2)
    )
    assert answer.object == "text_completion"
    assert (answer.id[:5], answer.model) == ("cmpl_", "poet:1")
    assert len(answer.choices[0].text) == 20
    assert answer.choices[0].finish_reason == "length"
    assert answer.choices[0].text == again.choices[0].text != other.choices[0].text
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (7, 20, 27)
    assert answer.created > time.time() - 3600
    assert len(client.completions.create(model="poet:1", prompt="the cat").choices[0].text) == 16


def test_a_stream_is_the_same_text_and_ends_with_the_usage(client: openai.OpenAI) -> None:
    asked: dict[str, Any] = {"model": "poet", "prompt": ["the", "a dog"], "max_tokens": 40, "seed": 3, "n": 2}
    whole = client.completions.create(**asked, stop=["cat", "\n"], logprobs=1)
    events = [
        *client.completions.create(
            **asked, stop=["cat", "\n"], logprobs=1, stream=True, stream_options={"include_usage": True}
        )
    ]
    for choice in whole.choices:
        own = [each for event in events for each in event.choices if each.index == choice.index]
        assert "".join([each.text for each in own]) == choice.text
        assert [each.finish_reason for each in own if each.finish_reason] == [choice.finish_reason]
        assert choice.logprobs is not None
        told = [token for each in own if each.logprobs for token in each.logprobs.tokens or []]
        assert told == choice.logprobs.tokens
        assert "".join(told) == choice.text
    assert [choice.index for choice in whole.choices] == [0, 1, 2, 3]
    assert whole.choices[0].text != whole.choices[1].text
    assert events[-1].choices == []
    assert (events[-1].usage, {event.id for event in events}) == (whole.usage, {events[0].id})


def test_an_echo_has_the_probabilities_of_the_prompt(client: openai.OpenAI) -> None:
    found = client.completions.create(model="poet", prompt="the é", max_tokens=0, echo=True, logprobs=2).choices[0]
    assert (found.text, found.finish_reason) == ("the é", "length")
    told = found.logprobs
    assert told is not None
    assert "".join(told.tokens or []) == "the \ufffd"
    assert told.text_offset == [0, 1, 2, 3, 4]
    assert told.token_logprobs is not None
    assert told.top_logprobs is not None
    assert (told.token_logprobs[0], told.token_logprobs[4]) == (None, -9999.0)
    assert cast("Any", told.top_logprobs)[0] is None
    for token, probability, top in zip(
        (told.tokens or [])[1:4], told.token_logprobs[1:4], told.top_logprobs[1:4], strict=True
    ):
        assert 2 <= len(top) <= 3
        assert top[token] == probability < 0
    written = client.completions.create(model="poet", prompt="the", max_tokens=3, echo=True, logprobs=0, seed=1)
    assert written.choices[0].text.startswith("the")
    assert written.choices[0].logprobs is not None
    assert written.choices[0].logprobs.text_offset == [0, 1, 2, 3, 4, 5]


def test_tokens_are_prompts_and_the_most_probable_text_is_one_for_all_seeds(client: openai.OpenAI) -> None:
    writer = train_writer().writer
    assert writer is not None
    tokens = writer.tokenizer.encode("the cat").tolist()
    texts = [
        client.completions.create(model="poet", prompt=prompt, temperature=0, top_p=0.5).choices[0].text
        for prompt in ("the cat", tokens, [tokens])
    ]
    assert len(set(texts)) == 1


def test_models_are_listed_and_retrieved(client: openai.OpenAI) -> None:
    listed = client.models.list()
    assert {model.object for model in listed} == {"model"}
    names = {cast("Any", model).name for model in listed}
    assert names >= {"poet", "houses"}
    one = client.models.retrieve("poet")
    at = datetime.fromisoformat(cast("Any", one).created_at)
    assert (one.object, one.created, one.owned_by) == ("model", int(at.timestamp()), "local")
    assert one.created == next(model.created for model in listed if model.id == one.id)
    by_id = client.completions.create(model=client.models.retrieve("poet").id, prompt="a", seed=1, max_tokens=1)
    assert by_id.model == "poet:1"


@pytest.mark.parametrize(
    ("asked", "kind", "code", "param"),
    [
        ({"model": "nobody"}, openai.NotFoundError, "model_not_found", "model"),
        ({"model": "houses"}, openai.BadRequestError, "model_not_supported", "model"),
        ({"temperature": 11}, openai.BadRequestError, "invalid", "temperature"),
        ({"max_tokens": -1}, openai.BadRequestError, "invalid", "max_tokens"),
        ({"n": 129}, openai.BadRequestError, "invalid", "n"),
        ({"n": 100, "prompt": ["a", "b"]}, openai.BadRequestError, "invalid", "n"),
        ({"best_of": 3}, openai.BadRequestError, "invalid", "best_of"),
        ({"suffix": "x"}, openai.BadRequestError, "invalid", "suffix"),
        ({"logit_bias": {"5": 1}}, openai.BadRequestError, "invalid", "logit_bias"),
        ({"frequency_penalty": 0.5}, openai.BadRequestError, "invalid", "frequency_penalty"),
        ({"prompt": [9999]}, openai.BadRequestError, "invalid", "prompt"),
        ({"prompt": "a\0"}, openai.BadRequestError, "invalid", "prompt"),
        ({"stop": ["word"] * 10_000}, openai.BadRequestError, "invalid", "stop"),
        ({"extra_body": {"promt": 1}}, openai.BadRequestError, "invalid", "promt"),
    ],
)
def test_what_is_refused_is_an_error_of_its_own(
    client: openai.OpenAI, asked: dict[str, Any], kind: type[openai.APIStatusError], code: str, param: str
) -> None:
    with pytest.raises(kind) as refused:
        client.completions.create(**{"model": "poet", "prompt": "a", **asked})
    assert (refused.value.code, refused.value.param) == (code, param)
    assert refused.value.type == "invalid_request_error"
    assert cast("Any", refused.value.body)["message"]


def test_a_wrong_key_is_an_error_of_authentication(client: openai.OpenAI) -> None:
    with pytest.raises(openai.AuthenticationError) as refused:
        client.with_options(api_key="gr_wrong").completions.create(model="poet", prompt="a")
    assert (refused.value.code, refused.value.type) == ("invalid_api_key", "authentication_error")


def test_four_streams_come_at_once(client: openai.OpenAI) -> None:
    texts = dict[int, str]()
    first = threading.Barrier(4, timeout=60)

    def write(number: int) -> None:
        with client.completions.create(
            model="poet", prompt="the", max_tokens=10_000, seed=number, stream=True
        ) as found:
            pieces = iter(found)
            text = next(pieces).choices[0].text
            first.wait()  # all have begun, and none is over
            texts[number] = text + next(pieces).choices[0].text

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(texts) == 4
    assert all(texts.values())


def test_nothing_more_is_written_once_a_client_has_left(service: ServerUnderAttack, client: openai.OpenAI) -> None:
    before = count_tokens(service)
    with client.completions.create(model="poet", prompt="the", max_tokens=10_000, stream=True) as found:
        next(iter(found))
    wait_for(lambda: not is_writing(service), "the end of a stream that nobody reads")
    assert count_tokens(service) - before < 10_000


def test_a_reader_that_does_not_read_keeps_nobody_out(service: ServerUnderAttack, client: openai.OpenAI) -> None:
    body = json.dumps({"model": "poet", "prompt": "the", "max_tokens": 10_000, "logprobs": 5, "stream": True}).encode()
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", service.port))
        head = f"POST /v1/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {service.key}\r\n"
        slow.sendall(f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        wait_for(lambda: is_writing(service), "the beginning of a text")
        assert client.completions.create(model="poet", prompt="a", max_tokens=5).choices[0].text
        assert service.ask("GET", "/healthz").status == 200


def count_tokens(service: ServerUnderAttack) -> float:
    """The tokens written so far."""
    lines = service.ask("GET", "/metrics").body.decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("gradus_written_tokens_total"))


def is_writing(service: ServerUnderAttack) -> bool:
    """Whether tokens are written now."""
    before = count_tokens(service)
    time.sleep(0.2)
    return count_tokens(service) > before
