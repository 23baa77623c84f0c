"""The REST API and the page of ``dearth serve``: between calls it keeps running jobs and pure caches only."""
