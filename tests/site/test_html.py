"""All checks of the built HTML: those of markup/, in one module.

`make test` gives a module's tests to one process, so each page is parsed once for all of them.
"""

from tests.site.markup import languages, links, programs, terms

for _module in (links, languages, terms, programs):
    for _name, _test in vars(_module).items():
        if _name.startswith("test_"):
            assert _name not in globals(), f"two checks are called {_name}"
            globals()[_name] = _test
