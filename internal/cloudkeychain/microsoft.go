package cloudkeychain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/google/go-containerregistry/pkg/authn"
)

const (
	// audience limits a token to registries.
	audience = "https://containerregistry.azure.net/.default"
	// anyUser is the name that stands before a token.
	anyUser = "00000000-0000-0000-0000-000000000000"
	// maxAnswer is how long an answer may be, in bytes.
	maxAnswer = 1 << 20
)

// microsoft gets a token with the credentials that Microsoft's SDK finds, and has the registry exchange it for its own.
func (k *keychain) microsoft(ctx context.Context, host string) (*authn.Basic, error) {
	client := k.client()
	defer client.CloseIdleConnections()
	credential, err := azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{
		ClientOptions: azcore.ClientOptions{Transport: client},
	})
	if err != nil {
		return nil, err
	}
	token, err := credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{audience}})
	if err != nil {
		return nil, err
	}
	password, err := exchange(ctx, client, host, token.Token)
	if err != nil {
		return nil, fmt.Errorf("exchanging a token: %w", err)
	}
	return &authn.Basic{Username: anyUser, Password: password}, nil
}

// exchange is the request that Microsoft documents for tokens of Entra ID.
func exchange(ctx context.Context, client *http.Client, host, token string) (string, error) {
	form := url.Values{"grant_type": {"access_token"}, "service": {host}, "access_token": {token}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+host+"/oauth2/exchange", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return "", errors.New(resp.Status)
	}
	var answer struct {
		Token string `json:"refresh_token"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(&answer); err != nil {
		return "", err
	}
	if answer.Token == "" {
		return "", errors.New("the answer has no token")
	}
	return answer.Token, nil
}
