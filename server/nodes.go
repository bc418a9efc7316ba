package server

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/saldo-pix/saldo/operator"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/store/postgres"
)

// nodeStatus is what a node tells the others of itself.
type nodeStatus struct {
	Version      string    `json:"version"`
	Since        time.Time `json:"since"`
	At           time.Time `json:"at"`
	Ready        bool      `json:"ready"`
	Waiting      int       `json:"waiting"`
	LastCommitAt time.Time `json:"lastCommitAt,omitzero"`
}

// status is how this node is now. That it answers is all that makes it ready: who
// asks it learns from its store whether that answers too.
func (s *Server) status() nodeStatus {
	out := nodeStatus{
		Version: cmp.Or(s.Version, "unknown"), Since: s.since, At: s.Now(), Ready: !s.stopping.Load(),
		Waiting: s.Book.Waiting(),
	}
	if micros := s.lastCommit.Load(); micros != 0 {
		out.LastCommitAt = time.UnixMicro(micros)
	}
	return out
}

// tellStatus has the node's lease carry how the node is.
func (s *Server) tellStatus() {
	if s.node == nil {
		return
	}
	s.node.Status = func() []byte {
		text, err := json.Marshal(s.status())
		if err != nil {
			panic(err) // plain data can always be encoded
		}
		return text
	}
}

// nodes tells of all nodes on the store. Where it is this process's own there is
// this one.
func (s *Server) nodes(ctx context.Context) ([]operator.Node, error) {
	shared, ok := s.Store.(*postgres.Store)
	if !ok {
		self := newNode(s.status())
		self.Number, self.Self, self.Alive = s.Node, true, true
		return []operator.Node{self}, nil
	}
	states, err := shared.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	var all []operator.Node
	for _, state := range states {
		var status nodeStatus
		self := s.node != nil && state.Number == s.node.Number
		switch {
		case self:
			status = s.status()
		case state.Status == nil:
			continue // it is only about to begin
		default:
			if err := json.Unmarshal(state.Status, &status); err != nil {
				return nil, fmt.Errorf("status of node %d: %w", state.Number, err)
			}
		}
		n := newNode(status)
		n.Number, n.Self, n.Alive = state.Number, self, state.Alive
		all = append(all, n)
	}
	return all, nil
}

func newNode(s nodeStatus) operator.Node {
	return operator.Node{
		Version: s.Version, Since: s.Since, SeenAt: s.At, Ready: s.Ready, Waiting: s.Waiting,
		LastCommitAt: s.LastCommitAt,
	}
}

// topics are those of the outbox, and the rail's own, whether this node works it
// off or its adapter fetches the orders.
func (s *Server) topics() []pix.Topic {
	all := []pix.Topic{pix.RailHTTP}
	for _, w := range s.workers {
		if topic := w.Topic(); topic != pix.RailHTTP {
			all = append(all, topic)
		}
	}
	return all
}
