package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/saldo-pix/saldo/book"
)

// AnyNode asks for whichever number is free.
const AnyNode = -1

// ErrNoNode means that all numbers are in use.
var ErrNoNode = errors.New("all node numbers are in use")

const (
	nobody = -1 // the node of a store without a lease
	slots  = 16 // rows in which a node keeps its highest number
)

// place is where a store's commits keep the highest number given out.
type place struct {
	number int
	epoch  int64
}

// Node is a lease on a node number. From when it is taken, commits of the store
// are refused once another has taken the number.
type Node struct {
	Number int
	// Status returns, as JSON, what the node tells of itself whenever it keeps its
	// lease. It is set before Run; nil tells nothing.
	Status func() []byte

	s     *Store
	epoch int64
	lease time.Duration
}

// TakeNode takes a node number. A number that is asked for is taken from whoever
// has it, whose commits fail from then on; AnyNode takes one whose lease has
// ended. What the former holder has in flight is done before TakeNode returns, so
// that LastID counts it.
func (s *Store) TakeNode(ctx context.Context, number int, lease time.Duration) (*Node, error) {
	if number > book.NodeMax || number < AnyNode {
		return nil, fmt.Errorf("node %d: from 0 to %d", number, book.NodeMax)
	}
	n := &Node{s: s, lease: lease}
	err := s.ask(ctx, func(ctx context.Context, conn *pgxpool.Conn) error {
		return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			err := tx.QueryRow(ctx, `
				WITH free AS (
					SELECT number FROM nodes WHERE number = $1 OR ($1 < 0 AND free_at < now())
					ORDER BY free_at, number LIMIT 1 FOR UPDATE SKIP LOCKED
				)
				UPDATE nodes AS n SET epoch = n.epoch + 1, free_at = now() + $2, status = NULL
				FROM free WHERE n.number = free.number
				RETURNING n.number, n.epoch`, number, lease).Scan(&n.Number, &n.epoch)
			if err != nil {
				return err
			}
			_, err = tx.Exec(ctx, `UPDATE committers SET epoch = $2 WHERE node = $1`, n.Number, n.epoch)
			return err
		})
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, ErrNoNode
	}
	if err != nil {
		return nil, err
	}
	s.node.Store(&place{n.Number, n.epoch})
	return n, nil
}

// Run keeps the lease until ctx ends. It returns ErrNodeTaken as soon as it learns
// that another has taken the number.
func (n *Node) Run(ctx context.Context) error {
	ticker := time.NewTicker(n.lease / 4)
	defer ticker.Stop()
	for {
		var status []byte
		if n.Status != nil {
			status = n.Status()
		}
		switch err := n.extend(ctx, `now() + $3`, n.lease, status); {
		case errors.Is(err, ErrNodeTaken):
			return err
		case err != nil && ctx.Err() == nil:
			n.s.opts.Log.WarnContext(ctx, "keep node number", slog.Int("node", n.Number), slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// Release lets others have the number at once. The store must not commit any more.
func (n *Node) Release(ctx context.Context) error {
	return n.extend(ctx, `'-infinity'::timestamptz + $3`, time.Duration(0), nil)
}

// extend sets when the lease ends, and what the node tells of itself.
func (n *Node) extend(ctx context.Context, until string, by time.Duration, status []byte) error {
	var told *string
	if status != nil {
		text := string(status)
		told = &text
	}
	tag, err := n.s.change(ctx,
		`UPDATE nodes SET free_at = `+until+`, status = $4::text::json WHERE number = $1 AND epoch = $2`,
		n.Number, n.epoch, by, told)
	if err == nil && tag.RowsAffected() == 0 {
		return fmt.Errorf("node %d: %w", n.Number, ErrNodeTaken)
	}
	return err
}

// NodeState is what is known of a node number.
type NodeState struct {
	Number int
	Alive  bool   // its lease has not ended
	Status []byte // what the node told of itself last, as JSON; nil if nothing
}

// Nodes lists the numbers that are in use, and those whose node went away without a
// stop in order during the last day.
func (s *Store) Nodes(ctx context.Context) ([]NodeState, error) {
	return several(ctx, s, readNodeState, `
		SELECT number, free_at >= now(), status::text FROM nodes
		WHERE free_at >= now() OR status IS NOT NULL AND free_at >= now() - interval '1 day' ORDER BY number`)
}

func readNodeState(c *columns) NodeState {
	n := NodeState{Number: int(c.small()), Alive: c.bool()}
	if c.null() {
		c.skip(1)
		return n
	}
	n.Status = []byte(c.text())
	return n
}
