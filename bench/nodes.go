package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// nodes makes payments at several nodes over one store.
func (s *session) nodes(ctx context.Context) error {
	if s.kind != onPostgres {
		s.progress("nodes: left out, for only one process may open such a store")
		return nil
	}
	if len(s.Nodes) == 0 || slices.Min(s.Nodes) < 1 || slices.Max(s.Nodes) > nodesMax {
		return fmt.Errorf("nodes %v: from 1 to %d", s.Nodes, nodesMax)
	}
	return s.withFleet(ctx, "nodes", slices.Max(s.Nodes), func(f fleet) error { return s.compareNodes(ctx, f) })
}

// withFleet calls do with several nodes over a new store of the payers' accounts, who
// are signed in at the first.
func (s *session) withFleet(ctx context.Context, name string, count int, do func(fleet) error) error {
	return s.withStore(ctx, name, func(url string) error {
		fleet, err := openFleet(ctx, url, count)
		if err == nil {
			err = s.fill(ctx, fleet[0], s.Payers, 0)
		}
		if err == nil {
			err = fleet[0].signIn(ctx, s.Payers)
		}
		if err == nil {
			err = do(fleet)
		}
		return errors.Join(err, fleet.close())
	})
}

// nodesMax keeps the nodes' connections below what a server takes by default.
const nodesMax = 5

func (s *session) compareNodes(ctx context.Context, f fleet) error {
	all := newTill("", "")
	var candidates []candidate
	for _, n := range s.Nodes {
		candidates = append(candidates, candidate{fmt.Sprintf("%d of saldo", n), true, f.paying(ctx, s, all, n)})
	}
	rates, err := s.compare(ctx, Nodes, candidates...)
	if err != nil {
		return err
	}
	for i, n := range s.Nodes[1:] {
		s.report.ratio(fmt.Sprintf("nodes: %d / %d", n, s.Nodes[0]), rates[i+1], rates[0], nil)
	}
	return f[0].check(ctx, all.count.Load())
}

// fleet are nodes over one store. The tokens of one are good at all.
type fleet []*house

func openFleet(ctx context.Context, url string, count int) (fleet, error) {
	keys, err := newKeys()
	if err != nil {
		return nil, err
	}
	var f fleet
	for range count {
		store, err := openStore(ctx, url)
		if err != nil {
			return f, err
		}
		h, err := openNode(ctx, store, keys)
		if err != nil {
			return f, err
		}
		f = append(f, h)
	}
	return f, nil
}

func (f fleet) close() error {
	var err error
	for _, h := range f {
		err = errors.Join(err, h.close())
	}
	return err
}

// paying spreads the load over the first count nodes as a balancer does: what one
// node accepted, any other settles.
func (f fleet) paying(ctx context.Context, s *session, t *till, count int) func(int) (worker, error) {
	return func(i int) (worker, error) {
		public, operator := f[i%count], f[i/count%count]
		at := *t
		at.public, at.operator = public.public, operator.operator
		return s.paying(ctx, &at, func(i int) []payer { return f[0].share(i, s.Connections) })(i)
	}
}
