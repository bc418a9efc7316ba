package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/auth"
)

// operatorFlags say where the operator's API is and how to enter it.
type operatorFlags struct {
	OperatorURL   string      `default:"http://127.0.0.1:9090" placeholder:"URL" environ:"SALDO_OPERATOR_URL" help:"The operator's API (${default})."`
	OperatorToken auth.Secret `placeholder:"TOKEN" environ:"SALDO_OPERATOR_TOKEN" help:"Its token. Others may see flags: better set the variable."`

	JSON bool `name:"json" help:"Print JSON."`
}

// How long an answer may take, and how large it may be.
const (
	clientTimeout = 30 * time.Second
	answerMax     = 16 << 20
)

// call sends one request and returns the JSON that it is answered with, nil for
// none.
func (f *operatorFlags) call(ctx context.Context, method, path string, body any) (json.RawMessage, error) {
	request, err := f.request(ctx, method, path, body)
	if err != nil {
		return nil, err
	}
	client := http.Client{Timeout: clientTimeout}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask the operator's API: %w", err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, answerMax))
	if err != nil {
		return nil, fmt.Errorf("read the operator's API: %w", err)
	}
	if response.StatusCode >= http.StatusBadRequest {
		return nil, refused(response.Status, answer)
	}
	return answer, nil
}

// request makes a request of the operator's API.
func (f *operatorFlags) request(ctx context.Context, method, path string, body any) (*http.Request, error) {
	if f.OperatorToken == "" {
		return nil, usageError{errors.New("no operator token: set SALDO_OPERATOR_TOKEN or --operator-token")}
	}
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(f.OperatorURL, "/")+path, content)
	if err != nil {
		return nil, usageError{err}
	}
	request.Header.Set("Authorization", "Bearer "+string(f.OperatorToken))
	request.Header.Set("Content-Type", "application/json")
	return request, nil
}

// refused tells why the operator's API said no.
func refused(status string, answer []byte) error {
	var problem struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		ErrorID string `json:"errorId"`
	}
	if json.Unmarshal(answer, &problem) != nil || problem.Message == "" {
		return fmt.Errorf("the operator's API answered %s", status)
	}
	return fmt.Errorf("refused: %s (%s, %s, errorId %s)", problem.Message, status, problem.Code, problem.ErrorID)
}

// list fetches all pages of a list.
func (f *operatorFlags) list(ctx context.Context, path string) ([]json.RawMessage, error) {
	return f.listWith(ctx, path, url.Values{})
}

// listWith fetches all pages of a list that is asked for with a query.
func (f *operatorFlags) listWith(ctx context.Context, path string, query url.Values) ([]json.RawMessage, error) {
	all := []json.RawMessage{}
	query.Set("limit", "1000")
	for after := ""; ; {
		if after != "" {
			query.Set("after", after)
		}
		answer, err := f.call(ctx, http.MethodGet, path+"?"+query.Encode(), nil)
		if err != nil {
			return nil, err
		}
		var page struct {
			Data []json.RawMessage `json:"data"`
			Next *string           `json:"next"`
		}
		if err := json.Unmarshal(answer, &page); err != nil {
			return nil, fmt.Errorf("read the operator's API: %w", err)
		}
		all = append(all, page.Data...)
		if page.Next == nil || *page.Next == after {
			return all, nil
		}
		after = *page.Next
	}
}

// decode reads what the operator's API answered.
func decode[T any](raw []byte) (T, error) {
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		return v, fmt.Errorf("read the operator's API: %w", err)
	}
	return v, nil
}

// decodeAll reads a list.
func decodeAll[T any](raws []json.RawMessage) ([]T, error) {
	all := make([]T, 0, len(raws))
	for _, raw := range raws {
		v, err := decode[T](raw)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}
