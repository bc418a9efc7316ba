-- What nodes tell of themselves, for who watches them. It means nothing to the store.

-- +goose Up

ALTER TABLE nodes ADD COLUMN status json; -- NULL if the node has told nothing, or has stopped in order
