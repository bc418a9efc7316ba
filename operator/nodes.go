package operator

import (
	"context"
	"net/http"
	"time"

	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/wire"
)

// Node is what is known of one node.
type Node struct {
	Number  int
	Self    bool // it answers
	Alive   bool // its number is its own
	Version string
	Since   time.Time // when it began to serve
	SeenAt  time.Time // when it last told of itself
	Ready   bool      // then
	Waiting int       // commands that were waiting or being committed then
	// LastCommitAt is when it last changed something; zero if it never did.
	LastCommitAt time.Time
}

// nodeResponse is one node.
type nodeResponse struct {
	Node         int     `json:"node"`
	Self         bool    `json:"self"`
	Alive        bool    `json:"alive"`
	Ready        bool    `json:"ready"`
	Version      string  `json:"version"`
	Since        string  `json:"since"`
	SeenAt       string  `json:"seenAt"`
	Waiting      int     `json:"waitingCommands"`
	LastCommitAt *string `json:"lastCommitAt"`
}

// backlogResponse is what waits in one topic of the outbox.
type backlogResponse struct {
	Topic string `json:"topic"`
	countResponse
	Due       int     `json:"due"`         // of those that were counted
	OldestDue *string `json:"oldestDueAt"` // since when the longest due is due
}

// nodesResponse is how the service is.
type nodesResponse struct {
	At      string            `json:"consultedAt"`
	Nodes   []nodeResponse    `json:"nodes"`
	Backlog []backlogResponse `json:"backlog"`
}

// showNodes is GET /nodes.
func (s *Server) showNodes(w http.ResponseWriter, r *http.Request) error {
	out := nodesResponse{At: wire.Timestamp(s.Now()), Nodes: []nodeResponse{}}
	nodes, err := s.Nodes(r.Context())
	if err != nil {
		return err
	}
	for _, n := range nodes {
		out.Nodes = append(out.Nodes, nodeResponse{
			Node: n.Number, Self: n.Self, Alive: n.Alive, Ready: n.Alive && n.Ready, Version: n.Version,
			Since: wire.Timestamp(n.Since), SeenAt: wire.Timestamp(n.SeenAt), Waiting: n.Waiting,
			LastCommitAt: wire.OptionalTimestamp(n.LastCommitAt),
		})
	}
	if out.Backlog, err = s.backlog.get(r.Context()); err != nil {
		return err
	}
	return wire.Write(w, http.StatusOK, out)
}

// findBacklog counts what waits in the outbox.
func (s *Server) findBacklog(ctx context.Context) ([]backlogResponse, error) {
	all := []backlogResponse{}
	for _, topic := range s.Topics {
		waiting, err := s.countJobs(ctx, topic)
		if err != nil {
			return nil, err
		}
		all = append(all, waiting)
	}
	return all, nil
}

func (s *Server) countJobs(ctx context.Context, topic pix.Topic) (backlogResponse, error) {
	out := backlogResponse{Topic: string(topic)}
	now := s.Now()
	var oldest time.Time
	after := uint64(0)
	for out.Count < countMax {
		jobs, err := s.Reader.Jobs(ctx, topic, after, pageMax)
		if err != nil {
			return out, err
		}
		for _, job := range jobs {
			after = job.ID
			if job.Due.After(now) {
				continue
			}
			if out.Due++; oldest.IsZero() || job.Due.Before(oldest) {
				oldest = job.Due
			}
		}
		out.Count += len(jobs)
		out.OldestDue = wire.OptionalTimestamp(oldest)
		if len(jobs) < pageMax {
			return out, nil
		}
	}
	out.More = true
	return out, nil
}
