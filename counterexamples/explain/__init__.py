"""Why a trace ends as it does: steps run again under observation, and the words for what they show."""
