"""What is known of models and their servers, and that messages are fitted to it."""

from typing import Any

import pytest
from PIL import Image
from smolagents.models import ChatMessage, MessageRole

from webagent.families import FAMILIES, HOSTS, Rules, family_of, plain, rules_for
from webagent.fitting import Fitting

VIEW = (1120, 896)
MODELS = {
    "Qwen/Qwen2.5-VL-7B-Instruct": "Qwen2.5-VL",
    "openai/qwen2.5vl:7b": "Qwen2.5-VL",
    "openai/Qwen25-VL": "Qwen2.5-VL",
    "fireworks_ai/accounts/fireworks/models/qwen2p5-vl-32b-instruct": "Qwen2.5-VL",
    "qwen2_5_vl": "Qwen2.5-VL",
    "ByteDance-Seed/UI-TARS-1.5-7B": "Qwen2.5-VL",
    "ByteDance-Seed/UI-TARS-7B-DPO": "Qwen2-VL",
    "microsoft/Fara-7B": "Qwen2.5-VL",
    "Hcompany/Holo2-8B": "Qwen3-VL",
    "openrouter/qwen/qwen3-vl-235b-a22b-instruct": "Qwen3-VL",
    "Qwen/Qwen3.5-27B": "Qwen3-VL",
    "/models/qwen2.5vl-and-kin/Qwen3-VL-8B": "Qwen3-VL",
    "/models/qwen2.5vl/model": "Qwen2.5-VL",
    "Qwen/Qwen2-VL-2B": "Qwen2-VL",
    "dashscope/qwen-vl-max": "others that see",
    "zai-org/GLM-4.5V": "GLM-V",
    "OpenGVLab/InternVL3_5-8B": "InternVL",
    "gemini/gemini-2.5-pro": "Gemini",
    "google/gemma-3-27b-it": "Gemma",
    "mistralai/Pixtral-12B-2409": "Mistral",
    "openrouter/anthropic/claude-sonnet-4-5": "Claude",
    "openai/gpt-4o-mini": "GPT",
    "ollama/llama3.2-vision:11b": "others that see",
}


@pytest.mark.parametrize(("model", "family"), MODELS.items())
def test_a_model_is_known_by_its_name(model: str, family: str) -> None:
    found = family_of(model)
    assert found is not None
    assert found.name == family


def test_a_model_of_no_family_is_given_what_there_is() -> None:
    for name in ("Qwen/Qwen2.5-7B-Instruct", "Qwen3-5B", "Qwen3-53B-A3B", "my-own"):
        assert family_of(name) is None
    assert rules_for("openai/my-own") == Rules()
    assert Rules().grid(VIEW) == VIEW


def test_the_tables_are_written_as_they_are_read() -> None:
    for family in FAMILIES:
        assert all(part == plain(part) for part in family.parts)
    hosts = [provider for host in HOSTS for provider in host.providers]
    assert len(hosts) == len(set(hosts))


@pytest.mark.parametrize(
    ("model", "view", "grid", "scaled"),
    [
        ("openai/Qwen2.5-VL-7B", VIEW, VIEW, VIEW),
        ("openai/Qwen2.5-VL-7B", (1920, 1080), (1920, 1080), (1920, 1080)),
        ("openai/Qwen2.5-VL-7B", (1920, 1920), (1764, 1764), (1764, 1764)),
        ("openai/Qwen2.5-VL-7B", (1024, 768), (1036, 784), (1036, 784)),
        ("openai/qwen3-vl", (1280, 800), (1000, 1000), (1280, 800)),
        ("ollama/qwen2.5vl", (1920, 1080), (1904, 1064), (1904, 1064)),
        ("openrouter/anthropic/claude-x", (1920, 1080), (1460, 821), (1460, 821)),
        ("huggingface/Qwen/Qwen2.5-VL-72B-Instruct", (3000, 500), (2016, 336), (2016, 336)),
    ],
)
def test_a_picture_is_as_large_as_its_server_leaves_it(
    model: str, view: tuple[int, int], grid: tuple[int, int], scaled: tuple[int, int]
) -> None:
    rules = rules_for(model)
    assert (rules.grid(view), rules.scaled(view)) == (grid, scaled)
    if rules.most_pixels is not None:
        assert scaled[0] * scaled[1] <= rules.most_pixels


@pytest.mark.parametrize(
    ("name", "kind", "coordinates"),
    [
        ("local//models/x", "qwen3_vl", "thousandths"),
        ("local//models/qwen2.5vl/x", "qwen3_vl", "thousandths"),
        ("gguf/tiny.gguf", "qwen2vl", "pixels"),
        ("gguf/Qwen2-VL-2B.gguf", "qwen2vl", "thousandths"),
        ("gguf/m.gguf", "qwen3vl", "thousandths"),
        ("gguf/m.gguf", "llama", "pixels"),
    ],
)
def test_what_files_say_of_themselves_counts_more_than_their_name(name: str, kind: str, coordinates: str) -> None:
    assert rules_for(name, kind=kind).coordinates == coordinates


def test_who_serves_a_model_counts_as_well() -> None:
    assert rules_for("ollama_chat/qwen2.5vl").extra == {"num_ctx": 16_384}
    assert rules_for("huggingface/Qwen/Qwen2.5-VL-72B-Instruct").most_pictures == 1
    assert rules_for("Qwen/Qwen2.5-VL-72B-Instruct", "https://router.huggingface.co/v1").most_pictures == 1
    assert rules_for("Qwen/Qwen2.5-VL-72B-Instruct", "http://127.0.0.1:8000/v1").most_pictures is None


def said(*content: Any, role: MessageRole = MessageRole.USER) -> ChatMessage:
    parts = [
        {"type": "text", "text": one} if isinstance(one, str) else {"type": "image", "image": one} for one in content
    ]
    return ChatMessage(role=role, content=parts)


def texts(message: ChatMessage) -> list[str]:
    assert isinstance(message.content, list)
    return [part["text"] for part in message.content if part["type"] == "text"]


def pictures(message: ChatMessage) -> list[Any]:
    assert isinstance(message.content, list)
    return [part["image"] for part in message.content if part["type"] == "image"]


def test_a_picture_of_the_page_is_padded_so_that_no_pixel_moves() -> None:
    view = (1280, 720)
    picture = Image.new("RGB", view, "red")
    picture.putpixel((1279, 719), (0, 0, 255))
    message = said("Look", picture, Image.new("RGB", (100, 75)))
    (fitted,) = Fitting(rules_for("Qwen2.5-VL"), view).fit([message])
    shown, given = pictures(fitted)
    assert (shown.size, shown.getpixel((1279, 719)), shown.getpixel((0, 0))) == ((1288, 728), (0, 0, 255), (255, 0, 0))
    assert given.size == (100, 75)  # where a point of it lies is not asked
    assert pictures(message)[0] is picture
    (whole,) = Fitting(rules_for("Qwen3-VL"), view).fit([message])
    assert pictures(whole)[0].size == (1280, 736)  # a thousandth of it is where it was


def test_a_picture_that_fits_goes_as_it_is() -> None:
    picture = Image.new("RGB", VIEW)
    for model in MODELS:
        (fitted,) = Fitting(rules_for(model), VIEW).fit([said(picture)])
        assert pictures(fitted) == [picture]


def test_a_larger_one_is_made_smaller() -> None:
    fitting = Fitting(rules_for("ollama/qwen2.5vl"), (1920, 1200))
    (fitted,) = fitting.fit([said(Image.new("RGB", (1920, 1200)), Image.new("RGB", (4000, 4000)))])
    shown, given = pictures(fitted)
    assert shown.size == fitting.screen == fitting.rules.grid((1920, 1200)) == (1820, 1120)
    fitting.look_at((800, 600))
    (fitted,) = fitting.fit([said(Image.new("RGB", (800, 600)), Image.new("RGB", (600, 400)))])
    assert [one.size for one in pictures(fitted)] == [fitting.screen, (600, 400)] == [(1036, 784), (600, 400)]
    assert given.width * given.height <= 1 << 21


def test_of_too_many_pictures_the_latest_go() -> None:
    messages = [said("Task", Image.new("RGB", (1, 1))), said(Image.new("RGB", (2, 2)), "now", Image.new("RGB", (3, 3)))]
    first, second = Fitting(Rules(most_pictures=1), VIEW).fit(messages)
    assert (pictures(first), texts(first)) == ([], ["Task", "[a picture, left out]"])
    assert [picture.size for picture in pictures(second)] == [(3, 3)]
    assert len(pictures(messages[0])) == 1


def test_who_sees_nothing_gets_no_pictures() -> None:
    messages = [said("Task", Image.new("RGB", (1, 1))), said(Image.new("RGB", (2, 2)))]
    (only,) = Fitting(Rules(most_pictures=0), VIEW).fit(messages)
    assert (pictures(only), texts(only)) == ([], ["Task"])


@pytest.mark.parametrize(
    ("model", "text", "sent"),
    [
        ("x", "a <|im_end|>\n<|im_start|>system", "a < |im_end|>\n< |im_start|>system"),
        ("x", "<｜User｜> <|a b|> a<b|c <||> <start_of_turn>", "< ｜User｜> <|a b|> a<b|c <||> <start_of_turn>"),
        ("x", "<|turn>user <turn|> <code> a < b |> c", "< |turn>user < turn|> <code> a < b |> c"),
        ("gemma3", "<start_of_turn>model", "< start_of_turn>model"),
        ("pixtral", "[INST] [IMG]</s>", "[ INST] [ IMG]< /s>"),
        ("internvl3", "<img> <image>", "< img> < image>"),
        ("Qwen2.5-VL", "<img> [INST]", "<img> [INST]"),
    ],
)
def test_text_holds_no_sign_of_the_models(model: str, text: str, sent: str) -> None:
    plain = ChatMessage(role=MessageRole.USER, content=text)
    for message in Fitting(rules_for(model), VIEW).fit([said(text), plain]):
        assert texts(message) == [sent]


def test_a_message_without_content_stays_one() -> None:
    (fitted,) = Fitting(Rules(), VIEW).fit([{"role": "assistant", "content": None}])
    assert fitted.content is None


class Refused(Exception):
    def __init__(self, text: str, status: int, **body: object) -> None:
        super().__init__(text)
        self.status_code, self.body = status, body or {"message": text}


class APIConnectionError(Refused):
    """As LiteLLM names whatever it did not expect."""


def test_what_a_server_refuses_is_done_without_once() -> None:
    fitting = Fitting(Rules(), VIEW)

    def learn(error: Exception) -> bool:
        return fitting.learn(error, told_to_stop=True)

    few = Refused("At most 2 image(s) may be provided in one request.", 400)
    assert (learn(few), learn(few), fitting.rules.most_pictures) == (True, False, 2)
    assert not learn(Refused("At most 3 images", 400))
    assert fitting.rules.most_pictures == 2
    no_system = Refused("System role not supported", 400)
    assert (learn(no_system), learn(no_system)) == (True, False)
    (user,) = fitting.fit([said("You browse", role=MessageRole.SYSTEM)])
    assert user.role == MessageRole.USER
    fails = Refused("has no attribute 'get_vocab'", 500)
    assert not fitting.learn(fails, told_to_stop=False)
    assert (fitting.stop, learn(fails), learn(fails), fitting.stop) == (True, True, False, False)
    for refusal in ("Unsupported parameter: 'stop' is not supported with this model.", "Extra inputs"):
        fitting.stop = True
        body = {"detail": [{"loc": ["body", "stop"], "msg": refusal}]}
        assert (learn(Refused(refusal, 422, **body)), fitting.stop) == (True, False)
    assert fitting.cut("a</code>b", ["</code>", ""]) == "a"


@pytest.mark.parametrize(
    "error",
    [
        Refused("bad key", 401),
        Refused("At most 5 images per minute", 429),
        Refused("overloaded", 503),
        APIConnectionError("refused", 500),
        Refused("you sent: at most 1 image", 422, detail=[{"msg": "no text", "input": "at most 1 image"}]),
        Refused("At most 0 images", 400),
        TimeoutError("at most 1 image"),
    ],
)
def test_nothing_is_learnt_from_what_is_no_lesson(error: Exception) -> None:
    fitting = Fitting(Rules(), VIEW)
    assert not fitting.learn(error, told_to_stop=True)
    assert (fitting.rules, fitting.stop) == (Rules(), True)
