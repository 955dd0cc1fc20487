package cloudkeychain

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/google/go-containerregistry/pkg/authn"
)

// endpoint is where a registry is; a password is for those of every account.
type endpoint struct {
	region string
	fips   bool
}

// amazon gets a token with the credentials that Amazon's SDK finds; it is good for every registry that these may read.
func (k *keychain) amazon(ctx context.Context, e endpoint) (*authn.Basic, error) {
	// Amazon's own client knows AWS_CA_BUNDLE. What it sends is signed for one host, and has no key in it.
	client := awshttp.NewBuildableClient().WithTransportOptions(k.change)
	options := []func(*config.LoadOptions) error{config.WithRegion(e.region), config.WithHTTPClient(client)}
	if e.fips {
		options = append(options, config.WithUseFIPSEndpoint(aws.FIPSEndpointStateEnabled))
	}
	settings, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, err
	}
	answer, err := ecr.NewFromConfig(settings).GetAuthorizationToken(ctx, &ecr.GetAuthorizationTokenInput{})
	if err != nil {
		return nil, err
	}
	if len(answer.AuthorizationData) != 1 {
		return nil, errors.New("the answer has no token")
	}
	token, err := base64.StdEncoding.DecodeString(aws.ToString(answer.AuthorizationData[0].AuthorizationToken))
	if err != nil {
		return nil, errors.New("the token of the answer is not in base64")
	}
	user, password, ok := strings.Cut(string(token), ":")
	if !ok {
		return nil, errors.New("the token of the answer is no user and password")
	}
	return &authn.Basic{Username: user, Password: password}, nil
}
