package policy

import (
	"github.com/modship-build/modship/internal/image"
	"github.com/modship-build/modship/internal/rules"
)

// checks look for what breaks the rules for images, by their IDs.
func checks() map[string]func(*checker) {
	return map[string]func(*checker){
		"platform":         checkPlatform,
		"source":           checkSource,
		"revision":         checkRevision,
		"version":          checkVersion,
		"created":          checkCreated,
		"consistency":      checkConsistency,
		"user":             checkUser,
		"go-version":       checkKey(image.KeyGoVersion),
		"go-module":        checkKey(image.KeyGoModule),
		"go-build-id":      checkKey(image.KeyGoBuildID),
		"startable":        checkStartable,
		"labels":           checkLabels,
		rules.Secrets:      checkSecrets,
		rules.UnpinnedBase: checkBase,
		"media-types":      checkMediaTypes,
		"manifest-size":    checkManifestSize,
		"cloudrun-amd64":   checkCloudRun,
		"lambda-index":     checkLambda,
		"fargate-platform": checkFargate,
		"ecr-layer-size":   checkLayerSize(52_000<<20, "Amazon ECR"),
		"acr-layer-size":   checkLayerSize(200<<30, "Azure Container Registry"),
		"ecs-labels":       checkECSLabels,
		"aks-latest":       checkLatest,
		"openshift-user":   checkOpenShiftUser,
		"openshift-ports":  checkOpenShiftPorts,
	}
}

// ofDocuments are the rules that look at documents alone.
var ofDocuments = []string{
	"created", "consistency", "labels", "media-types", "manifest-size",
	"cloudrun-amd64", "lambda-index", "fargate-platform", "ecr-layer-size", "acr-layer-size", "ecs-labels", "aks-latest", "openshift-ports",
}
