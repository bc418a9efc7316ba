package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"net"
	"strconv"
	"time"
)

// errHopeless ends a wait early.
var errHopeless = errors.New("no use in waiting")

// await tries until try succeeds, at most for patience.
func await(what string, try func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		err := try(ctx)
		if err == nil || errors.Is(err, errHopeless) {
			return err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("no %s after %s: %w", what, patience, err)
		}
	}
}

// Ports are drawn below the range that systems give to outgoing connections, so
// that a stopped server finds its port free when it starts again.
const (
	portMin = 20000
	portMax = 32000
)

// freePort finds a port of 127.0.0.1 that nobody listens on. Another may take
// it before we do.
func freePort() (int, error) {
	var last error
	for range 100 {
		n, err := rand.Int(rand.Reader, big.NewInt(portMax-portMin))
		if err != nil {
			return 0, err
		}
		port := portMin + int(n.Int64())
		l, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			return port, l.Close()
		}
		last = err
	}
	return 0, fmt.Errorf("no free port: %w", last)
}

// randomHex is a password.
func randomHex() string {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // never fails
	return fmt.Sprintf("%x", raw)
}
