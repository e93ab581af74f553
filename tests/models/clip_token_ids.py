"""Writes tests/fixtures/clip_token_ids.json: texts, and the ids that OpenAI's own tokenizer gives them.

    pip install --no-deps clip-anytorch==2.6.0 && pip install ftfy==6.3.1 regex==2026.11.15
    python clip_token_ids.py ../fixtures/clip_token_ids.json

Texts that the original repairs before it reads them (curly quotes, full-width forms, broken encodings, HTML entities) are
left out: the published tokenizer.json repairs nothing.
"""

import html
import importlib.util
import json
import sys
from pathlib import Path

import ftfy

HERE = Path(__file__).parent
LONGEST = 77
ODD = [
    "",
    "a",
    "A Photo of a CAT",
    "don't stop, it's the cat's — I'll've we're you'd",
    "hello,world!!! (really?)",
    "10,000 lanterns at 3:45pm; f/1.8, ISO 3200, 8k",
    "cost: $99.99 + 20% = £120€",
    "C:\\path\\file.txt && rm -rf /",
    "#hashtag @mention user_name@example.com https://example.com/a?b=c",
    "🐱👑 a cat with a crown 🏰✨",
    "👨‍👩‍👧‍👦 family 🇨🇳 🏳️‍🌈",
    "一只戴着皇冠的猫坐在天鹅绒王座上",
    "水墨画：山水、小舟、渔夫",
    "紅色剪紙 龍 福字 paper cutting",
    "王冠をかぶった猫",
    "왕관을 쓴 고양이",
    "кошка в короне на троне",
    "قطة ترتدي تاجا",
    "γάτα με στέμμα",
    "naïve café façade, über-cool, Łódź",
    "multiple   spaces\tand\ttabs",
    "line one\nline two\r\nline three",
    "  leading and trailing  ",
    "semi;colon:colon—dash–dash-hyphen_underscore",
    "\"quoted\" 'single' “curly” ‘curly’ «guillemets»",
    "supercalifragilisticexpialidocious antidisestablishmentarianism",
    "1234567890",
    "½ ² ³ ℃ № ™ ® ©",
    "日本 ① ② Ⅳ",
    "a.b.c...d!?!?",
    "((masterpiece:1.2)), [low quality], <lora:style:0.8>, {best}",
    "--ar 16:9 --v 6 --stylize 250",
    "éclair and éclair",
    "İstanbul ıssız",
    "STRAẞE straße",
    "🧵🪡 embroidery 刺绣 suzhou",
    "❤️ vs ❤",
    "~`!@#$%^&*()_+-={}[]|\\:;\"'<>,.?/",
    "x" * 200,
    "the " * 120,
    "狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮狮",
    "lion dance 醒狮 in Foshan, 4K",
    "'s 't 're 've 'm 'll 'd",
    "I'M YOU'RE",
    "​zero​width nbsp",
    "a　b full width ＡＢＣ１２３",
]


def original():
    """The package's tokenizer, without the package's import of its models."""
    package = Path(importlib.util.find_spec("clip").origin).parent
    spec = importlib.util.spec_from_file_location("simple_tokenizer", package / "simple_tokenizer.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.SimpleTokenizer()


def untouched(text):
    """Whether the original reads the text as it is."""
    return html.unescape(ftfy.fix_text(text)).split() == text.split()


def main(path):
    tokenizer = original()
    start, end = tokenizer.encoder["<|startoftext|>"], tokenizer.encoder["<|endoftext|>"]
    prompts = (HERE / "../../training/joint_space/prompts.txt").read_text(encoding="utf-8").splitlines()
    texts = ODD + [prompt for prompt in prompts if prompt and len(prompt) < 260][:90]
    rows = [[text, [start, *tokenizer.encode(text)[: LONGEST - 2], end]] for text in texts if untouched(text)]
    lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows]
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
    print(len(rows), "of", len(texts), "texts")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
