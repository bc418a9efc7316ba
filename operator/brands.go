package operator

import (
	"net/http"

	"github.com/saldo-pix/saldo/brand"
	"github.com/saldo-pix/saldo/wire"
)

// brandResponse is a brand as it is configured. Messages are by language and error
// code.
type brandResponse struct {
	ID           string                       `json:"id"`
	Name         string                       `json:"name"`
	Hosts        []string                     `json:"hosts"`
	Color        *string                      `json:"color"`
	SupportEmail *string                      `json:"supportEmail"`
	SupportURL   *string                      `json:"supportUrl"`
	Issuer       string                       `json:"issuer"`
	BindTokens   bool                         `json:"bindTokens"`
	Messages     map[string]map[string]string `json:"messages"`
}

func newBrandResponse(b brand.Brand) brandResponse {
	out := brandResponse{
		ID: b.ID, Name: b.Name, Hosts: append([]string{}, b.Hosts...), Color: wire.Optional(b.Color),
		SupportEmail: wire.Optional(b.SupportEmail), SupportURL: wire.Optional(b.SupportURL), Issuer: b.Issuer,
		BindTokens: b.BindTokens, Messages: b.Messages,
	}
	if out.Messages == nil {
		out.Messages = map[string]map[string]string{}
	}
	return out
}

// listBrands is GET /brands. They are few, and all on one page.
func (s *Server) listBrands(w http.ResponseWriter, _ *http.Request) error {
	brands := s.Brands.All()
	page := newPage[brandResponse](len(brands))
	for _, b := range brands {
		page.Data = append(page.Data, newBrandResponse(b))
	}
	return wire.Write(w, http.StatusOK, page)
}

// showBrand is GET /brands/{id}.
func (s *Server) showBrand(w http.ResponseWriter, r *http.Request) error {
	b, err := s.Brands.Get(r.PathValue("id"))
	if err != nil {
		return err
	}
	return wire.Write(w, http.StatusOK, newBrandResponse(b))
}
