"""MLServer with this project's CLIP image tower and small text encoder, until its input ends.

    python server.py GRPC_PORT HTTP_PORT TOWER.onnx TEXTS.onnx TOKENIZER.json
"""

import asyncio
import os
import sys
import threading

import numpy as np
import onnxruntime
from mlserver import MLModel, MLServer, ModelSettings, Settings
from mlserver.codecs import NumpyCodec
from mlserver.settings import ModelParameters
from mlserver.types import InferenceResponse
from tokenizers import Tokenizer

GRPC, HTTP, TOWER, TEXTS, TOKENIZER = sys.argv[1:]


class Onnx(MLModel):
    """A model of one file; what it takes and gives is its subclass's."""

    async def load(self) -> bool:
        self.session = onnxruntime.InferenceSession(self.settings.parameters.uri, providers=["CPUExecutionProvider"])
        return True

    def answer(self, name, values):
        outputs = [NumpyCodec.encode_output(name, values)]
        return InferenceResponse(model_name=self.name, model_version=self.version, outputs=outputs)


class Tower(Onnx):
    """`pixel_values` FP32 [n, 3, 224, 224] to `image_embeds` FP32 [n, 512]; each picture in a run of its own."""

    async def predict(self, payload):
        pixels = NumpyCodec.decode_input(payload.inputs[0]).astype(np.float32)
        rows = [self.session.run(["image_embeds"], {"pixel_values": picture[None]})[0] for picture in pixels]
        return self.answer("image_embeds", np.concatenate(rows))


class Texts(Onnx):
    """`text` BYTES [n] to `text_embeds` FP32 [n, 512]."""

    async def load(self) -> bool:
        self.tokenizer = Tokenizer.from_file(TOKENIZER)
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(96)
        return await super().load()

    async def predict(self, payload):
        rows = []
        for text in payload.inputs[0].data:
            tokens = self.tokenizer.encode(text.decode())
            known = {"input_ids": tokens.ids, "attention_mask": tokens.attention_mask, "token_type_ids": tokens.type_ids}
            inputs = {i.name: np.array([known[i.name]], np.int64) for i in self.session.get_inputs()}
            rows.append(self.session.run(None, inputs)[0])
        return self.answer("text_embeds", np.concatenate(rows).astype(np.float32))


def model(name, implementation, path):
    return ModelSettings(name=name, implementation=implementation, parameters=ModelParameters(uri=path, version="7"))


async def main():
    settings = Settings(
        host="127.0.0.1", grpc_port=int(GRPC), http_port=int(HTTP), metrics_endpoint=None, parallel_workers=0
    )
    await MLServer(settings).start([model("clip-image", Tower, TOWER), model("clip-text", Texts, TEXTS)])


# The test holds the other end: however it ends, so does this process.
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
asyncio.run(main())
