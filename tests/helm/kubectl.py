"""Manifests as a cluster takes them, read by YAML 1.1. usage: kubectl.py FILE..., prints the objects as JSON."""
import base64
import json
import sys

import yaml


class Strict(yaml.SafeLoader):
    """Refuses a key twice, as `kubectl apply` does."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"a key twice in {keys}"
        assert all(isinstance(key, str) for key in keys), f"a key that is no text in {keys}"
        return super().construct_mapping(node, deep)


objects = []
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        text = file.read()
    assert text.endswith("\n") and not text.endswith("\n\n") and "\r" not in text, path
    for one in yaml.load_all(text, Strict):
        for key, value in one.get("data", {}).items():
            assert isinstance(value, str), (path, key, value)
            if one["kind"] == "Secret":
                base64.b64decode(value, validate=True)
        for words in (one["metadata"]["annotations"], one["metadata"]["labels"]):
            assert all(isinstance(value, str) for value in words.values()), words
        objects.append(one)
print(json.dumps(objects))
