"""Hands the pages to the engine when pytest-markdown-docs collects them."""

pytest_plugins = ["tools.engine.pytest_plugin"]
