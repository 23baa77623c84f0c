"""The small chain in Mesa: an agent a node, orders as messages, four phases a week."""

from __future__ import annotations

import mesa
import numpy as np

from small_chain.chain import ELEMENTS, PLACES, STAGES, Array, Chain


class Node(mesa.Agent):
    """A mine, a plant or the users of one element at one place."""

    def __init__(self, model: ChainModel, key: tuple[int, int, int]) -> None:
        super().__init__(model)
        chain, self.key = model.chain, key
        self.make_base, self.use_base = float(chain.make_base[key]), float(chain.use_base[key])
        self.limit, self.gain = float(chain.use_limit[key]), float(chain.gain[key])
        self.finished_target = self.finished = float(chain.finished_target[key])
        self.input_target = self.bought = float(chain.input_target[key])
        self.mine, self.users = key[0] == 0, key[0] == STAGES
        self.suppliers: list[tuple[Node, float, bool]] = []
        self.orders: list[tuple[Node, float]] = []
        self.arrived = self.shipped = self.used = 0.0

    def buy(self) -> None:
        """Send an order to every supplier."""
        if self.mine:
            return
        model = self.model
        want = max(0.0, self.use_base + (self.input_target - self.bought) / model.adjust)
        passing = model.gate
        for seller, share, export in self.suppliers:
            seller.orders.append((self, share * want * passing if export else share * want))

    def make(self) -> None:
        """Use what limit, plan and stock allow."""
        model = self.model
        use = self.limit * model.left if self.key[2] == model.loss_place and not self.users else self.limit
        if not self.users:
            plan = max(0.0, self.make_base + (self.finished_target - self.finished) / model.adjust)
            use = min(use, plan / self.gain)
        self.used = use if self.mine else min(use, self.bought)

    def ship(self) -> None:
        """Fill all orders by the same share."""
        if self.users:
            return
        total = sum([amount for _, amount in self.orders])
        fill = min(1.0, self.finished / max(total, self.model.tiny))
        for buyer, amount in self.orders:
            buyer.arrived += amount * fill
        self.shipped = total * fill
        self.orders.clear()

    def close(self) -> None:
        """Move the stocks to the next week."""
        self.finished += self.gain * self.used - self.shipped
        self.bought += self.arrived - self.used
        self.arrived = 0.0


class ChainModel(mesa.Model):
    """All nodes, and the week."""

    def __init__(self, chain: Chain) -> None:
        super().__init__(seed=0)
        self.chain, c = chain, chain.constants
        self.adjust, self.tiny, self.loss_place = c["adjust"], c["tiny"], int(c["loss_place"])
        self.gate = self.left = 1.0
        shape = (STAGES + 1, ELEMENTS, PLACES)
        self.nodes = {key: Node(self, key) for key in np.ndindex(*shape)}
        for (stage, element, seller, buyer), share in np.ndenumerate(chain.share):
            export = seller == c["gate_place"] != buyer
            link = (self.nodes[stage, element, seller], float(share), export)
            self.nodes[stage + 1, element, buyer].suppliers.append(link)

    def week(self, number: int) -> None:
        """Take one week."""
        c = self.chain.constants
        self.gate = c["gate_share"] if self.chain.gated(number) else 1.0
        self.left = c["loss_share"] if self.chain.loses(number) else 1.0
        for phase in ("buy", "make", "ship", "close"):
            self.agents.do(phase)

    def stocks(self) -> list[float]:
        """Return finished stock of stages 0 to 3, then input stock of stages 1 to 4."""
        nodes = list(self.nodes.values())
        width = ELEMENTS * PLACES
        return [n.finished for n in nodes[:-width]] + [n.bought for n in nodes[width:]]


def run(chain: Chain) -> Array:
    """Return finished and input stock from the first week to the end, (weeks + 1, 2, 4, 6, 12), t."""
    model = ChainModel(chain)
    record = [model.stocks()]
    for number in range(chain.weeks):
        model.week(number)
        record.append(model.stocks())
    return np.array(record).reshape(chain.weeks + 1, 2, STAGES, ELEMENTS, PLACES)
