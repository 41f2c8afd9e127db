"""The source of chance of one case, and the few values that its rows and literals are drawn from."""

import random

from .sqltypes import random_value


class Dice(random.Random):
    def __init__(self, seed):
        super().__init__(seed)
        self.pools = {}

    def value(self, kind):
        """Mostly one of a few: then keys meet, and conditions hold."""
        pool = self.pools.get(str(kind))
        if pool is None:
            # Integers of every width share their values.
            shared = self.pools.get("INT") if kind.is_integer else None
            pool = shared or [random_value(self, kind) for _ in range(self.choice([2, 3, 4, 6]))]
            if kind.is_integer:
                pool = self.pools["INT"] = shared or [self.randint(-2, 6) for _ in range(self.choice([3, 4, 6]))]
            if kind.kind == "DECIMAL":
                pool = [str(v % 7) + ("." + "5".ljust(kind.scale, "0") if kind.scale else "") for v in range(self.choice([3, 7]))]
            self.pools[str(kind)] = pool
        if self.random() < 0.8:
            return self.choice(pool)
        return random_value(self, kind)
