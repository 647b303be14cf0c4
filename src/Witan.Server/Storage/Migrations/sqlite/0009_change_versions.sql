-- How many writes of each kind there were: by these numbers whoever follows events sees what changed.
ALTER TABLE changes ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
