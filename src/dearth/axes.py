"""The axes of the model: names and their order, written once.

Every array of the engine and every row of the data book uses these names.  Mass is counted in
tonnes of rare-earth oxide equivalent (REO) for concentrate, oxide and metal, and in tonnes of
contained magnet for magnets and the assemblies that hold them.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "ASSEMBLIES",
    "CONTROLLED_2025",
    "ELEMENTS",
    "ELEMENT_MEMBERS",
    "END_USES",
    "MAGNETS",
    "MATERIALS",
    "METALS",
    "ORES",
    "OXIDES",
    "PLACES",
    "PRODUCTS",
    "SECTORS",
    "STAGES",
    "stage_of",
]

# The 17 rare earths in nine simulated groups; Sc is in the book only, Pm has no natural supply.
ELEMENTS: Final = ("La", "Ce", "NdPr", "Sm", "Gd", "Tb", "Dy", "Y", "Other")
ELEMENT_MEMBERS: Final = {
    "La": ("La",),
    "Ce": ("Ce",),
    "NdPr": ("Nd", "Pr"),
    "Sm": ("Sm",),
    "Gd": ("Gd",),
    "Tb": ("Tb",),
    "Dy": ("Dy",),
    "Y": ("Y",),
    "Other": ("Eu", "Ho", "Er", "Tm", "Yb", "Lu"),
}
# Announcement 18 of 2025 names Sm, Gd, Tb, Dy, Lu, Sc and Y; Lu is a trace inside "Other".
CONTROLLED_2025: Final = ("Sm", "Gd", "Tb", "Dy", "Y")

PLACES: Final = {
    "CHN": "China",
    "MMR": "Myanmar and Laos",
    "JPN": "Japan",
    "KOR": "Korea",
    "USA": "United States",
    "CAN": "Canada",
    "DEU": "Germany",
    "FRA": "France",
    "REU": "rest of EU and UK",
    "IND": "India",
    "SEA": "South-East Asia",
    "AUS": "Australia",
    "BRA": "Brazil",
    "RUK": "Russia and Kazakhstan",
    "AFR": "Africa",
    "ROW": "rest of world",
}

STAGES: Final = ("concentrate", "oxide", "metal", "magnet", "assembly", "product", "line")

# Concentrate by ore type: the elements of one ore come in one fixed basket.
ORES: Final = {
    "ore:bayan-obo": "Bayan Obo mixed concentrate",
    "ore:bastnaesite": "bastnaesite (Mountain Pass, Sichuan)",
    "ore:mt-weld": "Mt Weld monazite",
    "ore:monazite": "monazite of mineral sands",
    "ore:ionic-china": "ionic clay, China",
    "ore:ionic-myanmar": "ionic clay, Myanmar and Laos",
    "ore:loparite": "loparite",
    "ore:scrap": "end-of-life magnets",
}
OXIDES: Final = {f"oxide:{e}": f"{e} oxide" for e in ELEMENTS}
METALS: Final = {f"metal:{e}": f"{e} metal" for e in ("NdPr", "Sm", "Gd", "Tb", "Dy", "Other")}
MAGNETS: Final = {
    "magnet:none": "NdFeB magnet without Dy/Tb",
    "magnet:low": "NdFeB magnet with little Dy/Tb",
    "magnet:high": "NdFeB magnet with much Dy/Tb",
    "magnet:smco": "SmCo magnet",
}
ASSEMBLIES: Final = {
    "assembly:none": "assembly with Dy-free magnets",
    "assembly:low": "assembly with low-Dy magnets",
    "assembly:high": "assembly with high-Dy magnets",
    "assembly:smco": "assembly with SmCo magnets",
}
PRODUCTS: Final = {
    "product:fcc-catalyst": "cracking catalyst",
    "product:auto-catalyst": "exhaust catalyst",
    "product:polishing": "polishing powder",
    "product:glass": "glass additive",
    "product:phosphor": "phosphor",
    "product:yttrium-ceramics": "yttrium coatings and ceramics",
    "product:gadolinium": "gadolinium chemicals",
    "product:alloys-batteries": "mischmetal alloys and batteries",
}
MATERIALS: Final = {**ORES, **OXIDES, **METALS, **MAGNETS, **ASSEMBLIES, **PRODUCTS}

SECTORS: Final = {
    "ev-traction": "EV traction",
    "other-automotive": "other automotive",
    "two-wheelers": "two-wheelers",
    "wind": "wind",
    "consumer-electronics": "consumer electronics",
    "industrial-motors": "industrial motors and robots",
    "appliances": "appliances",
    "aerospace": "aerospace",
    "defence": "defence",
    "medical": "medical",
    "energy-turbines": "energy turbines",
    "semiconductor-equipment": "semiconductor equipment",
    "refining": "refining",
    "glass-polishing": "glass and polishing",
    "lighting": "lighting and displays",
    "metallurgy-batteries": "metallurgy and batteries",
}

END_USES: Final = ("civil", "military")

_STAGE_OF_PREFIX: Final = {
    "ore": "concentrate",
    "oxide": "oxide",
    "metal": "metal",
    "magnet": "magnet",
    "assembly": "assembly",
    "product": "product",
}


def stage_of(material: str) -> str:
    """Return the stage of a material, e.g. ``"oxide"`` for ``"oxide:Dy"``."""
    return _STAGE_OF_PREFIX[material.split(":", 1)[0]]
