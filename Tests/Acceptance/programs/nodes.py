"""Trees of SQL text in both dialects, so that a failing query can be cut down piece by piece."""


class Node:
    """`ours` and `theirs` are format strings over the children; nodes of one label may stand for each other."""

    __slots__ = ("label", "ours", "theirs", "kids", "optional", "stand_in")

    def __init__(self, label, ours, kids=(), theirs=None, optional=False, stand_in=None):
        self.label = label
        self.ours = ours
        self.theirs = ours if theirs is None else theirs
        self.kids = list(kids)
        self.optional = optional
        self.stand_in = stand_in

    def render(self, dialect):
        parts = [kid.render(dialect) for kid in self.kids]
        template = self.ours if dialect == 0 else self.theirs
        return template.format(*parts) if parts else template.replace("{{", "{").replace("}}", "}")

    def with_kids(self, kids):
        return Node(self.label, self.ours, kids, self.theirs, self.optional, self.stand_in)


class Sequence(Node):
    """Children with a separator, of which some may be left out."""

    __slots__ = ("separator", "least")

    def __init__(self, kids, separator=", ", least=1):
        super().__init__("sequence", "", kids)
        self.separator = separator
        self.least = least

    def render(self, dialect):
        return self.separator.join(kid.render(dialect) for kid in self.kids)

    def with_kids(self, kids):
        return Sequence(kids, self.separator, self.least)


def text(words):
    return Node("text", words.replace("{", "{{").replace("}", "}}"))


def nothing():
    return Node("nothing", "")


def descendants(node):
    for kid in node.kids:
        yield kid
        yield from descendants(kid)


def simpler(node):
    """Trees that are a bit less than this one; the greatest cuts first."""
    if node.optional:
        yield nothing()
    if isinstance(node, Sequence) and len(node.kids) > node.least:
        for index in range(len(node.kids)):
            yield node.with_kids(node.kids[:index] + node.kids[index + 1:])
    if node.label not in ("sequence", "text", "nothing"):
        for below in descendants(node):
            if below.label == node.label:
                yield below
        if node.stand_in is not None and node.kids:
            yield text(node.stand_in)
    for index, kid in enumerate(node.kids):
        for less in simpler(kid):
            yield node.with_kids(node.kids[:index] + [less] + node.kids[index + 1:])
