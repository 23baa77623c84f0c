"""The arrays of the market: what prices do, inside China and outside, at the resolution of elements.

Entities
--------
element (E)
    Group of rare earths, as oxide, with one stock and one price inside China.
mine (M)
    A basket of elements that comes out of the ground together: light ores, ionic clays.
good (G)
    The elements, then the magnet goods.
buyer (B)
    Users of one good at one destination outside China.
class (C)
    Goods under one licence rule: good and destination.

Flows are tonnes per week (REO, or contained magnet), stocks tonnes, prices USD per kg, times weeks.
The last axis of every float array is the draw (N); W = whole weeks of the run plus one, T = steps.
"""

from __future__ import annotations

from typing import NamedTuple

from dearth.engine.arrays import FloatArray, IntArray

__all__ = ["Behaviour", "Market", "MarketTrace"]


class Behaviour(NamedTuple):
    """Numbers of behaviour, one per draw, shape (N,); sources in docs/model.md.

    Attributes
    ----------
    stock_power, working_stock
        Power of (normal cover / cover) in the price inside China; weeks of stock that never leave the vats,
        added to both, so that an empty warehouse has a finite price.
    parity
        Weight of the price that sellers have come to expect in the anchor, the rest is cost.
    price_time, expect_time
        Weeks in which the price nears its target, and the expected price what sellers receive on average:
        the price inside, or the price outside net of risk for tonnes that are smuggled.
    use_power, thrift_power
        Short-run and long-run elasticity of use to price (positive numbers).
    thrift_time, thrift_fade, thrift_pace
        Weeks of substitution; how many times longer its way back; share of use substituted in a year at most.
    supply_power, supply_time
        Elasticity of mine output to the value of the paying elements, and its weeks.
    capacity_power, capacity_time
        The same for new capacity.
    supply_most
        Output of a mine over its path at most.
    precaution
        Extra cover that buyers want when all of their need is unmet, as a share of the normal cover.
    restock_time
        Weeks in which a gap of stock is ordered.
    rent_rise, rent_fall
        Weeks in which the rent follows its target up and down.
    horizon, quota_horizon
        Weeks that a buyer looks ahead under licences and under a quota, on top of the transit.
    leak_most, leak_risk, leak_time
        Smuggled flow over the base export at most; share of the wedge that risk eats; weeks to build.
    sink_cover
        Weeks of cover in China above which a co-product goes to a low-value use.
    quota_time, port_time
        Weeks in which holders of an open quota would use it up; in which held goods leave a port again.
    """

    stock_power: FloatArray
    working_stock: FloatArray
    parity: FloatArray
    price_time: FloatArray
    expect_time: FloatArray
    use_power: FloatArray
    thrift_power: FloatArray
    thrift_time: FloatArray
    thrift_fade: FloatArray
    thrift_pace: FloatArray
    supply_power: FloatArray
    supply_time: FloatArray
    capacity_power: FloatArray
    capacity_time: FloatArray
    supply_most: FloatArray
    precaution: FloatArray
    restock_time: FloatArray
    rent_rise: FloatArray
    rent_fall: FloatArray
    horizon: FloatArray
    quota_horizon: FloatArray
    leak_most: FloatArray
    leak_risk: FloatArray
    leak_time: FloatArray
    sink_cover: FloatArray
    quota_time: FloatArray
    port_time: FloatArray


class Market(NamedTuple):
    """Everything the market's week needs, frozen before the first step."""

    steps_per_week: int
    n_steps: int
    paying: IntArray  # E, 1: mine output follows its value
    good: IntArray  # B
    klass: IntArray  # B, licence class; -1: none
    quota: IntArray  # B, 1: exports count against the tonnage quota
    covered: FloatArray  # N, share of these exports that the quota counts
    # inside China
    price0: FloatArray  # G, N, USD/kg at the start
    floor: FloatArray  # E, N, USD/kg, cost below which a co-product is not sold
    supply0: FloatArray  # M, E, N, t/week
    supply_path: FloatArray  # W, M, N, output over the start
    answering: FloatArray  # M, N, share of output outside the mining quota: only it answers prices
    home0: FloatArray  # E, N, t/week used in China, magnets for export included
    home_path: FloatArray  # W, E, N
    stock0: FloatArray  # E, N, weeks of use and export
    content: FloatArray  # G, E, N, t of oxide per t of good; zero for oxides
    # outside
    need0: FloatArray  # B, N, t/week
    need_path: FloatArray  # W, G, N
    other0: FloatArray  # B, N, t/week from mines outside China
    other_path: FloatArray  # W, E, N
    cover: FloatArray  # B, N, mean weeks of need at hand
    spread: IntArray  # B, row of the front tables
    transit: FloatArray  # B, N, weeks
    value: FloatArray  # B, N, USD at stake per kg of the good
    by_value: IntArray  # B, N, buyers from the highest value to the lowest
    value_spread: FloatArray  # N, half-width of values inside a group, as a share
    thin: FloatArray  # B, N, share of tonnes that is spot and pays the rent
    substitutable: FloatArray  # G, N, most of use that can be substituted
    freight: FloatArray  # B, N, USD/kg to the door
    duty: FloatArray  # T, G, N, export duty as a share of the price
    import_duty: FloatArray  # B, N, share of the delivered price
    price_floor: FloatArray  # T, B, least price that a public contract pays outside, USD/kg; 0: none
    stockpile: FloatArray  # T, E, t/week bought (+) or released (-) inside China
    # rules
    allowance: FloatArray  # T, C, N, share of orders that may leave
    outlook: FloatArray  # T, C, N, share of customers that hold a licence: what buyers expect to go on
    headroom: FloatArray  # N, flow of a standing customer over the base at most, while a rule stands
    quota_add: FloatArray  # T, tonnes released at the start of the step
    quota_keep: FloatArray  # T, share of the unused part that survives into this step
    quota_pace: FloatArray  # T, t/week that the tonnage in force allows; below 0: no quota
    held: FloatArray  # T, B, N, share of what is sent that stays at the port
    leak_open: FloatArray  # T, 1: smuggling answers the wedge, 0: enforced away
    behaviour: Behaviour
    # fronts, as in `dearth.engine.arrays.World`
    front_out: FloatArray
    front_x: FloatArray
    front_max: float


class MarketTrace(NamedTuple):
    """What a run leaves, at the end of each week; first axis W - 1 weeks.

    Attributes
    ----------
    china : (W, E, N)
        Price inside China, USD/kg.
    cover : (W, E, N)
        Stock in China, weeks of use and export.
    quote : (W, B, N)
        Thin spot quote at the destination, USD/kg.
    weighted : (W, B, N)
        Volume-weighted price at the destination, USD/kg.
    licence_rent, quota_rent : (W, B, N), (W, N)
        Rents, USD/kg.
    shipped, leaked, received : (W, B, N)
        Tonnes in the week: declared exports, smuggled exports, arrivals with other supply.
    lost : (W, B, N)
        Share of plan lost at the end of the week.
    short : (W, B, N)
        Share of buyers whose stock ends inside their horizon.
    use : (W, B, N)
        Need in the week after thrift and price, tonnes.
    output : (W, M, N)
        Mine output, t/week.
    sunk : (W, E, N)
        Tonnes to the low-value use in the week.
    expected : (W, E, N)
        Expected price inside China, USD/kg.
    thin_tonnes : (W, B, N)
        Tonnes that pay the quote.
    residual : (N,)
        Largest mass residual of any stock over its throughput.
    lowest : (N,)
        Smallest stock or flow met.
    """

    china: FloatArray
    cover: FloatArray
    quote: FloatArray
    weighted: FloatArray
    licence_rent: FloatArray
    quota_rent: FloatArray
    shipped: FloatArray
    leaked: FloatArray
    received: FloatArray
    lost: FloatArray
    short: FloatArray
    use: FloatArray
    output: FloatArray
    sunk: FloatArray
    expected: FloatArray
    thin_tonnes: FloatArray
    residual: FloatArray
    lowest: FloatArray
