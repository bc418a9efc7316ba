package main

import (
	"context"
	"errors"
	"net"

	"golang.org/x/sync/errgroup"

	"github.com/saldo-pix/saldo/server"
)

// listen binds both addresses.
func listen(ctx context.Context, public, operator string) (server.Listeners, error) {
	var l server.Listeners
	var config net.ListenConfig
	var err error
	if l.Public, err = config.Listen(ctx, "tcp", public); err != nil {
		return l, err
	}
	if l.Operator, err = config.Listen(ctx, "tcp", operator); err != nil {
		return l, errors.Join(err, l.Public.Close())
	}
	return l, nil
}

// address is the URL under which a listener is called from this machine.
func address(scheme string, l net.Listener) string {
	host, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return scheme + "://" + l.Addr().String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // every address is listened on, this one among them
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// runWith runs a server, and beside it what needs it running. Both end when ctx
// does or when either fails.
func runWith(ctx context.Context, s *server.Server, l server.Listeners, beside ...func(context.Context) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.Run(ctx, l) })
	for _, f := range beside {
		group.Go(func() error { return f(ctx) })
	}
	return group.Wait()
}
