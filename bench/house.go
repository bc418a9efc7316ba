package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/brand"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/server"
)

// house is a whole Saldo on loopback, and the accounts that it is asked for.
type house struct {
	*server.Server
	public, operator string // addresses
	payers           []payer

	cancel context.CancelFunc
	served chan error
}

// payer is an account with a token of its own.
type payer struct {
	account ledger.AccountID
	token   string
}

const operatorToken = "operator-token-of-a-measurement-on-loopback"

// newKeys returns a key for tokens.
func newKeys() (auth.Keys, error) {
	key, err := auth.NewHS256Key("bench", []byte(rand.Text()+rand.Text()))
	return auth.Keys{Current: key}, err
}

// openHouse starts a Saldo over a store, which it closes at the end.
func openHouse(ctx context.Context, store server.Store) (*house, error) {
	keys, err := newKeys()
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return openNode(ctx, store, keys)
}

// openNode starts one of several over a store, which takes a number of its own.
func openNode(ctx context.Context, store server.Store, keys auth.Keys) (*house, error) {
	brands, err := brand.NewSet(brand.Brand{ID: brandID, Name: "Bench"})
	if err != nil {
		return nil, err
	}
	s, err := server.New(ctx, server.Config{
		Store: store, Brands: brands, Rail: pix.RailHTTP, ISPB: ispb, TokenKeys: keys,
		Webhooks:      server.Webhooks{Loopback: true}, // where the sink is
		OperatorToken: operatorToken, Now: time.Now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	h := &house{Server: s, served: make(chan error, 1)}
	return h, h.serve(ctx)
}

func (h *house) serve(ctx context.Context) error {
	public, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return errors.Join(err, h.Store.Close())
	}
	operator, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return errors.Join(err, public.Close(), h.Store.Close())
	}
	h.public, h.operator = public.Addr().String(), operator.Addr().String()
	ctx, h.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go func() { h.served <- h.Run(ctx, server.Listeners{Public: public, Operator: operator}) }()
	return nil
}

func (h *house) close() error {
	h.cancel()
	return errors.Join(<-h.served, h.Store.Close())
}

// signIn gives each of the first count accounts a token.
func (h *house) signIn(ctx context.Context, count int) error {
	h.payers = make([]payer, count)
	return inPortions(ctx, count, 1, func(i, _ int) error {
		account := accountID(i)
		issued, err := h.Auth.CreateCredential(ctx, account, auth.CreateOptions{})
		if err != nil {
			return err
		}
		token, err := h.Auth.Issue(ctx, auth.Grant{
			ClientID: issued.ClientID, Secret: issued.Secret, Issuer: brandID, Lifetime: 24 * time.Hour,
		})
		h.payers[i] = payer{account, token.Access}
		return err
	})
}

// share returns the payers of one of several connections.
func (h *house) share(i, connections int) []payer {
	var own []payer
	for at := i % len(h.payers); at < len(h.payers); at += connections {
		own = append(own, h.payers[at])
	}
	return own
}
