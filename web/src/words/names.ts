// Chinese names of what the model calls by a code; English names come with each answer.

export const PLACES: Readonly<Record<string, string>> = {
  CHN: "中国", MMR: "缅甸和老挝", JPN: "日本", KOR: "韩国", USA: "美国", CAN: "加拿大", DEU: "德国", FRA: "法国",
  REU: "欧盟其他国家和英国", IND: "印度", SEA: "东南亚", AUS: "澳大利亚", BRA: "巴西", RUK: "俄罗斯和哈萨克斯坦",
  AFR: "非洲", ROW: "世界其他地区", EUR: "欧洲", EUROPE: "欧洲", WORLD: "世界", outside: "中国境外", "outside-CHN": "中国境外",
};

export const SECTORS: Readonly<Record<string, string>> = {
  automotive: "汽车", "ev-traction": "电动汽车驱动电机", "other-automotive": "其他汽车部件", "two-wheelers": "两轮车", wind: "风电",
  "consumer-electronics": "消费电子", "industrial-motors": "工业电机和机器人", appliances: "家用电器", aerospace: "航空航天",
  defence: "国防", medical: "医疗", "energy-turbines": "能源涡轮机", "semiconductor-equipment": "半导体设备",
  refining: "炼油", "glass-polishing": "玻璃与抛光", lighting: "照明与显示", "metallurgy-batteries": "冶金与电池",
};

export const STAGES: Readonly<Record<string, string>> = {
  concentrate: "精矿", oxide: "氧化物", metal: "金属", magnet: "磁体", assembly: "组件", product: "化学品", line: "生产线",
};

export const STAGES_EN: Readonly<Record<string, string>> = {
  concentrate: "concentrate", oxide: "oxide", metal: "metal", magnet: "magnet", assembly: "assembly", product: "chemicals", line: "lines",
};

export const MATERIALS: Readonly<Record<string, string>> = {
  "ore:bayan-obo": "白云鄂博混合精矿", "ore:bastnaesite": "氟碳铈矿", "ore:mt-weld": "韦尔德山独居石", "ore:monazite": "矿砂独居石",
  "ore:ionic-china": "离子型矿（中国）", "ore:ionic-myanmar": "离子型矿（缅甸、老挝）", "ore:loparite": "铈铌钙钛矿", "ore:scrap": "报废磁体",
  "magnet:none": "不含镝铽的钕铁硼磁体", "magnet:low": "低镝铽钕铁硼磁体", "magnet:high": "高镝铽钕铁硼磁体", "magnet:smco": "钐钴磁体",
  "assembly:none": "装有无镝磁体的组件", "assembly:low": "装有低镝磁体的组件", "assembly:high": "装有高镝磁体的组件", "assembly:smco": "装有钐钴磁体的组件",
  "product:fcc-catalyst": "裂化催化剂", "product:auto-catalyst": "尾气催化剂", "product:polishing": "抛光粉", "product:glass": "玻璃添加剂",
  "product:phosphor": "荧光粉", "product:yttrium-ceramics": "钇涂层与陶瓷", "product:gadolinium": "钆化学品", "product:alloys-batteries": "混合稀土合金与电池",
};

export const ELEMENTS: Readonly<Record<string, string>> = {
  La: "镧", Ce: "铈", NdPr: "镨钕", Nd: "钕", Pr: "镨", Sm: "钐", Gd: "钆", Tb: "铽", Dy: "镝", Y: "钇", Other: "其他稀土",
  "magnet-light": "轻稀土磁体", "magnet-heavy": "重稀土磁体", magnet: "磁体",
};

export const ELEMENTS_EN: Readonly<Record<string, string>> = {
  La: "lanthanum", Ce: "cerium", NdPr: "neodymium-praseodymium", Nd: "neodymium", Pr: "praseodymium", Sm: "samarium", Gd: "gadolinium", Tb: "terbium", Dy: "dysprosium", Y: "yttrium",
};

export const TIERS: Readonly<Record<string, string>> = {
  china: "中国国内", fob: "现货（中国港口）", contract: "长期合同", thin: "现货（薄市场）", quote: "现货报价", smuggled: "走私",
  "volume-weighted": "成交量加权", home: "本地", outside: "中国境外",
};

export const TIERS_EN: Readonly<Record<string, string>> = {
  china: "inside China", fob: "spot, Chinese port", contract: "long contracts", thin: "spot (thin market)", quote: "spot quote",
  smuggled: "smuggled", "volume-weighted": "volume-weighted", home: "home", outside: "outside China",
};

export const SCENARIOS: Readonly<Record<string, string>> = {
  "squeeze-2025": "2025年4月的出口管制", "as-planned": "需求按计划增长，无管制", cutoff: "中国停止一切稀土出口",
  "heavy-only": "若4月管制只涉及镝和铽", "japan-2026": "2026年1月起中国对日本的管制", "military-only": "只有军事用户受2025与2026年管制影响",
  "myanmar-halt": "缅甸和老挝的离子型矿停止运往中国", "quota-2010": "2009至2014年的出口配额", reactivation: "2025年10月的规定于2026年11月11日恢复",
  steady: "十年间无事发生", today: "2026年11月22日有效的规定，直至2028年11月", yttrium: "只有钇受许可管制",
};

export const ACTIONS: Readonly<Record<string, readonly [string, string]>> = {
  licence: ["licence needed", "须有许可"], prohibit: ["forbidden", "禁止"], inspect: ["customs tests", "海关检验"], open: ["control ends", "管制终止"],
  "stop-flow": ["trade ends", "贸易停止"], quota: ["quota", "配额"], note: ["note, no effect", "记录，无作用"], duty: ["duty", "关税"],
  curb: ["mining curbed", "限制开采"], enforce: ["smuggling curbed", "打击走私"], floor: ["price floor", "价格下限"], stockpile: ["stockpile", "收储"],
};

export const PLACES_EN: Readonly<Record<string, string>> = {
  CHN: "China", MMR: "Myanmar and Laos", JPN: "Japan", KOR: "Korea", USA: "United States", CAN: "Canada", DEU: "Germany", FRA: "France",
  REU: "rest of EU and UK", IND: "India", SEA: "South-East Asia", AUS: "Australia", BRA: "Brazil", RUK: "Russia and Kazakhstan", AFR: "Africa", ROW: "rest of world",
};

export const SECTORS_EN: Readonly<Record<string, string>> = {
  "ev-traction": "EV traction", "other-automotive": "other automotive", "two-wheelers": "two-wheelers", wind: "wind",
  "consumer-electronics": "consumer electronics", "industrial-motors": "industrial motors and robots", appliances: "appliances", aerospace: "aerospace",
  defence: "defence", medical: "medical", "energy-turbines": "energy turbines", "semiconductor-equipment": "semiconductor equipment",
  refining: "refining", "glass-polishing": "glass and polishing", lighting: "lighting and displays", "metallurgy-batteries": "metallurgy and batteries",
};

export const MATERIALS_EN: Readonly<Record<string, string>> = {
  "magnet:none": "NdFeB magnet without Dy/Tb", "magnet:low": "NdFeB magnet with little Dy/Tb", "magnet:high": "NdFeB magnet with much Dy/Tb", "magnet:smco": "SmCo magnet",
  "assembly:none": "assembly with Dy-free magnets", "assembly:low": "assembly with low-Dy magnets", "assembly:high": "assembly with high-Dy magnets", "assembly:smco": "assembly with SmCo magnets",
  "product:fcc-catalyst": "cracking catalyst", "product:auto-catalyst": "exhaust catalyst", "product:polishing": "polishing powder", "product:glass": "glass additive",
  "product:phosphor": "phosphor", "product:yttrium-ceramics": "yttrium coatings and ceramics", "product:gadolinium": "gadolinium chemicals", "product:alloys-batteries": "mischmetal alloys and batteries",
};
