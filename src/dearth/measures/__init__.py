"""Pure functions of a run: stop dates, exposure, binding inputs, influence of priors."""
