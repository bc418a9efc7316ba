package pgtest_test

import (
	"context"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/test/pgtest"
)

func TestPromotedStandbyHasWhatWasCommitted(t *testing.T) {
	pair := pgtest.StartPair(t)
	url := pair.NewDatabase(t)
	wantValue(t, url, "SHOW synchronous_standby_names", "standby")
	conn := connect(t, url)
	exec(t, conn, "CREATE TABLE entry (amount bigint)")
	for range 20 {
		exec(t, conn, "INSERT INTO entry VALUES (1)")
	}
	pair.KillPrimary()
	pair.Promote(t)
	wantValue(t, url, "SELECT count(*)::text FROM entry", "20")
	conn = connect(t, url)
	exec(t, conn, "INSERT INTO entry VALUES (1)")
	wantValue(t, url, "SELECT pg_is_in_recovery()::text", "false")
	wantValue(t, pair.URL("postgres"), "SELECT current_user::text", "postgres")
}

// A commit waits for ever without its standby, unseen by others. When its client
// gives up, the driver asks the server to cancel; then the commit stops to wait and
// is seen, though no standby has it. Who looks an unknown outcome up must commit
// something of its own before it believes what it sees.
func TestAbandonedCommitIsSeenBeforeTheStandbyHasIt(t *testing.T) {
	pair := pgtest.StartPair(t)
	url := pair.NewDatabase(t)
	exec(t, connect(t, url), "CREATE TABLE entry (amount bigint)")
	patient, hasty, reader := connect(t, url), connect(t, url), connect(t, url)
	pair.Standby.Kill()

	done := make(chan error, 1)
	go func() {
		_, err := patient.Exec(context.Background(), "INSERT INTO entry VALUES (1)")
		done <- err
	}()
	waits := "SELECT count(*)::text FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
	eventually(t, pair.Primary.URL("postgres"), waits, "1")
	wantRow(t, reader, "SELECT count(*)::text FROM entry", "0")

	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := hasty.Exec(ctx, "INSERT INTO entry VALUES (1)"); err == nil {
		t.Error("a commit without a standby is acknowledged")
	}
	eventually(t, url, "SELECT count(*)::text FROM entry", "1")

	pair.Standby.Restart(t)
	if err := <-done; err != nil {
		t.Error(err)
	}
	wantRow(t, reader, "SELECT count(*)::text FROM entry", "2")
}
