"""The dated events."""

import datetime

import pytest

from dearth.book import load_events
from dearth.errors import BookError

HEADER = "date,precision,episode,actor,event,source,url,note"


def test_shipped_events_are_dated_sourced_and_in_order():
    events = load_events()
    assert len(events) >= 80
    assert [e.date for e in events] == sorted(e.date for e in events)
    assert {e.episode for e in events} == {"2005-09", "2010-15", "2016-24", "2025-26"}
    assert all(int(e.episode[:4]) <= e.date.year <= 2000 + int(e.episode[5:]) for e in events)
    assert all(e.url.startswith("http") and e.source for e in events)


def test_the_controls_of_april_2025_are_there():
    day = datetime.date(2025, 4, 4)
    [event] = [e for e in load_events() if e.date == day]
    assert (event.actor, event.precision) == ("MOFCOM", "day")
    assert "Announcement 18" in event.event


def test_faults_are_told_together(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text(
        f"{HEADER}\n2025-13-01,day,2025-26,X,y,s,https://a.org,\n2025-01-01,soon,1999,X,,s,nowhere,\n"
    )
    with pytest.raises(BookError) as caught:
        load_events(path)
    places = [fault.where for fault in caught.value.faults]
    assert places == [
        "events.csv:2:date",
        "events.csv:3:precision",
        "events.csv:3:episode",
        "events.csv:3:event",
        "events.csv:3:url",
    ]


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(BookError, match="no such file"):
        load_events(tmp_path / "none.csv")
