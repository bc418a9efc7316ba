// Package pgtest starts real PostgreSQL servers for tests, from what the
// distribution installs: as an ordinary user, each on a port of its own of
// 127.0.0.1 and in a temporary folder, with PostgreSQL's own defaults for
// durability. It kills them, starts them again, pairs them with a synchronous
// standby, and cuts connections to them at chosen moments. It knows nothing of
// what is stored.
package pgtest
