package cluster

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/test/pgtest"
)

// asked passes the test by unless it was asked for.
func asked(t *testing.T, name string) {
	t.Helper()
	if what := os.Getenv("SALDO_TEST_CLUSTER"); what != name && what != "all" {
		t.Skipf("takes minutes: make test-cluster, SALDO_TEST_CLUSTER=%s", name)
	}
}

const leaderKills = 5

// TestPlainTables shows what the cluster alone does, to compare with.
func TestPlainTables(t *testing.T) {
	asked(t, "plain")
	m := up(t)
	hurt(t, m, newSQLBooks(t, m.url(t)))
}

// TestSaldoNodes is what this package is for: two Saldo nodes on the cluster.
func TestSaldoNodes(t *testing.T) {
	asked(t, "saldo")
	m := up(t)
	hurt(t, m, newSaldoBooks(t, m.url(t), saldoNodes))
}

// TestLoad tries the load and the check where nothing is hurt.
func TestLoad(t *testing.T) {
	b := newSaldoBooks(t, pgtest.Shared(t).NewDatabase(t), saldoNodes)
	begin := time.Now()
	l := startLoad(b)
	l.awaitAcks(t, begin.Add(2*time.Second))
	b.check(t, l.stop())
	if l.failures() > 0 {
		t.Errorf("%d payments failed", l.failures())
	}
}

// trial is one cluster under load.
type trial struct {
	t    *testing.T
	m    *machines
	load *load
}

// hurt kills and freezes nodes under load, and checks the books afterwards.
func hurt(t *testing.T, m *machines, b books) {
	t.Helper()
	begin := time.Now()
	r := &trial{t: t, m: m, load: startLoad(b)}
	stopped := false
	defer func() {
		if !stopped {
			r.load.stop()
		}
	}()
	r.load.awaitAcks(t, begin)
	for i := range leaderKills {
		r.killLeader(fmt.Sprintf("leader killed (%d)", i+1))
	}
	r.killPostgresOfLeader()
	r.killStandby()
	r.freezeLeader()
	r.freezeStandby()
	took := time.Since(begin)
	sent := r.load.stop()
	stopped = true
	b.check(t, sent)
	acked := 0
	for _, p := range sent {
		if p.acked {
			acked++
		}
	}
	t.Logf("%d payments acknowledged of %d sent in %s, %d tries without one",
		acked, len(sent), took.Round(time.Second), r.load.failures())
	if acked < 1000 {
		t.Errorf("only %d payments: the load proves nothing", acked)
	}
}

// event hurts the cluster, waits until that has passed, heals it, and waits until
// it is whole and all Saldo nodes pay again. It logs the time without service.
func (r *trial) event(name string, hurt, passed, heal func()) {
	r.t.Helper()
	begin := time.Now()
	hurt()
	passed()
	r.load.awaitAcks(r.t, time.Now())
	without := r.load.without(begin)
	healing := time.Now()
	heal()
	r.m.awaitWhole(r.t)
	r.load.awaitAcks(r.t, time.Now())
	r.t.Logf("%-28s %6.2f s without service; whole again %6.2f s after the node was back, %5.2f s without service by that",
		name, without.Seconds(), time.Since(healing).Seconds(), r.load.without(healing).Seconds())
}

func (r *trial) killLeader(name string) {
	leader := r.m.holder(r.t, "leader")
	r.event(name,
		func() { r.m.kill(leader) },
		func() { r.m.awaitOther(r.t, "leader", leader) },
		func() { r.m.start(r.t, leader) })
}

// killPostgresOfLeader leaves Patroni, which starts PostgreSQL again by itself.
func (r *trial) killPostgresOfLeader() {
	leader := r.m.holder(r.t, "leader")
	old := r.m.postmaster(leader)
	r.event("leader's PostgreSQL killed",
		func() { r.m.killPostgres(leader) },
		func() {
			await(r.t, "new postmaster", func() error {
				if pid := r.m.postmaster(leader); pid == 0 || pid == old {
					return fmt.Errorf("it is process %d", pid)
				}
				return nil
			})
		},
		func() {})
}

func (r *trial) killStandby() {
	standby := r.m.holder(r.t, "sync_standby")
	r.event("synchronous standby killed",
		func() { r.m.kill(standby) },
		func() { r.m.awaitOther(r.t, "sync_standby", standby) },
		func() { r.m.start(r.t, standby) })
}

// freezeLeader cuts the leader off. When it comes back it still takes itself for
// the leader.
func (r *trial) freezeLeader() {
	leader := r.m.holder(r.t, "leader")
	r.event("leader cut off",
		func() { r.m.freeze(leader) },
		func() { r.m.awaitOther(r.t, "leader", leader) },
		func() { r.m.thaw(leader) })
}

func (r *trial) freezeStandby() {
	standby := r.m.holder(r.t, "sync_standby")
	r.event("synchronous standby cut off",
		func() { r.m.freeze(standby) },
		func() { r.m.awaitOther(r.t, "sync_standby", standby) },
		func() { r.m.thaw(standby) })
}
