"""The words of the site in each language: templates, glossary, search. Nothing knows MkDocs."""

from tools.words.glossary import PAGE, PLACE, Term, index, read_terms
from tools.words.search_index import write_search_indexes
from tools.words.term_links import Marker
from tools.words.texts import TEXT
