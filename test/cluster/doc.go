// Package cluster proves that Saldo keeps its promises on a PostgreSQL cluster of
// three nodes under Patroni, as examples/patroni starts it: leaders and standbys
// are killed and cut off under load, and nothing acknowledged is lost or done
// twice. It takes minutes: `make test-cluster` runs it, other tests pass it by.
package cluster
