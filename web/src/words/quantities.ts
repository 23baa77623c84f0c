// What the quantities behind the sliders mean, in plain words: English, Chinese. The row of the book says it in full.

export const QUANTITIES: Readonly<Record<string, readonly [string, string]>> = {
  cover: ["Weeks of stock at buyers", "买方库存周数"],
  "cover-spread": ["How unequal buyers' stocks are", "买方库存的差异"],
  "pool-cover": ["Weeks of stock at makers", "生产商库存周数"],
  "process-lead": ["Weeks of work", "加工周数"],
  "reroute-share": ["Share of orders that can move elsewhere", "可转向他处的订单份额"],
  "reroute-time": ["Weeks until orders move elsewhere", "订单转向他处所需周数"],
  "backlog-clearing": ["Weeks to clear a backlog", "消化积压所需周数"],
  "licence-headroom": ["Licensed flow over the usual", "许可流量与平时之比"],
  "licence-grant-share": ["Share of licences granted", "获批许可的份额"],
  "licence-stages": ["Stages of a licence decision", "许可决定的环节数"],
  "licence-refile-time": ["Weeks until a refused case is filed anew", "被拒后重新申请所需周数"],
  "declared-pass": ["Weeks of declared goods that still pass", "已申报货物仍可放行的周数"],
  "inspection-time": ["Weeks of customs tests", "海关检验周数"],
  "inspection-share": ["Share of lots tested by customs", "海关检验批次的份额"],
  dependence: ["Output that needs it", "依赖该部件的产量"],
  transit: ["Weeks on the way", "运输周数"],
  "transit-home": ["Weeks on the way within a place", "境内运输周数"],
  "order-adjustment": ["Weeks over which orders adjust", "订单调整周数"],
  "pool-adjustment": ["Weeks over which makers' stocks adjust", "生产商库存调整周数"],
  "capacity-margin": ["Spare capacity", "富余产能"],
  "shortage-focus": ["How much a shortage falls on few", "短缺的集中程度"],
  demand: ["Yearly need", "年需求"],
  growth: ["Growth of need", "需求增长"],
};

/** Parts of titles that are no place, sector or material. */
export const PARTS: Readonly<Record<string, string>> = {
  "assembly maker": "组件厂", "product maker": "化学品厂", assembly: "组件", product: "化学品", magnet: "磁体", metal: "金属", oxide: "氧化物", concentrate: "精矿",
  civil: "民用", military: "军用", any: "任意",
};
