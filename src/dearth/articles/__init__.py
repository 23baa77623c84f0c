"""Articles: their text, their sentences, and what they state about rare earths; nothing is judged here."""

from dearth.articles.article import Article, parse_article, read_article
from dearth.articles.grammar import Extraction, extract
from dearth.articles.statement import Figure, Statement

__all__ = ["Article", "Extraction", "Figure", "Statement", "extract", "parse_article", "read_article"]
