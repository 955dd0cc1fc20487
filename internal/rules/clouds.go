package rules

// Clouds are where images can be meant to run. Generic is everywhere: it adds no rule.
var Clouds = []string{"generic", "eks", "ecs", "aks", "gke", "cloudrun", "openshift", "lambda"}

// cloudRules rest on documents of the platforms, and on nothing else.
func cloudRules() []Rule {
	return []Rule{
		{
			ID: "cloudrun-amd64", Level: Error, For: Images, Clouds: []string{"cloudrun"}, Spec: "https://cloud.google.com/run/docs/container-contract",
			What: "On Cloud Run there is an image for linux/amd64.",
			Why:  "Cloud Run runs programs for 64-bit x86 on Linux. An index of several platforms must have that one among them.",
			Bad:  "docker buildx build --platform linux/arm64 .",
			Good: "docker buildx build --platform linux/amd64,linux/arm64 .",
		},
		{
			ID: "lambda-index", Level: Error, For: Images, Clouds: []string{"lambda"}, Spec: "https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",
			What: "On AWS Lambda the reference names one image for linux/amd64 or linux/arm64, and no index.",
			Why: "Lambda supports no functions of multi-architecture images. BuildKit makes an index of a single image, too, if it attests provenance or an SBOM, as modship does: " +
				"that Lambda refuses such an index is not in its documents, but in what many report.",
			Bad:  "docker buildx build --push -t example.com/app .",
			Good: "docker buildx build --provenance=false --sbom=false --platform linux/arm64 --push -t example.com/app .    # for modship with sbom: off in its configuration",
		},
		{
			ID: "fargate-platform", Level: Info, For: Images, Clouds: []string{"eks"}, Spec: "https://docs.aws.amazon.com/eks/latest/userguide/fargate.html",
			What: "On EKS there is an image for linux/amd64, if its pods are to run on Fargate.",
			Why:  "Pods on Fargate run neither on Arm nor on Windows. Nodes of EC2 do.",
			Bad:  "docker buildx build --platform linux/arm64 .",
			Good: "docker buildx build --platform linux/amd64,linux/arm64 .",
		},
		{
			ID: "ecr-layer-size", Level: Warn, For: Images, Clouds: []string{"eks", "ecs", "lambda"},
			Spec: "https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html",
			What: "On AWS no layer has more than 52,000 MiB.",
			Why:  "Amazon ECR takes no larger one. Images of other registries may have them where not all have to be in ECR.",
			Bad:  "COPY models/ /models/        # 60 GiB in one layer",
			Good: "COPY models/a/ /models/a/\nCOPY models/b/ /models/b/",
		},
		{
			ID: "acr-layer-size", Level: Warn, For: Images, Clouds: []string{"aks"},
			Spec: "https://learn.microsoft.com/azure/container-registry/container-registry-skus",
			What: "On Azure no layer has more than 200 GiB.",
			Why:  "Azure Container Registry takes no larger one. Images of other registries may have them.",
			Bad:  "COPY models/ /models/        # 300 GiB in one layer",
			Good: "COPY models/a/ /models/a/\nCOPY models/b/ /models/b/",
		},
		{
			ID: "ecs-labels", Level: Warn, For: Images, Clouds: []string{"ecs"},
			Spec: "https://github.com/aws/amazon-ecs-agent/blob/master/agent/engine/docker_task_engine.go",
			What: "On ECS no label is one that its agent sets.",
			Why:  "The agent writes task-arn, container-name, task-definition-family, task-definition-version and cluster, each behind `com.amazonaws.ecs.`, over those of the image.",
			Bad:  "LABEL com.amazonaws.ecs.container-name=\"app\"",
			Good: "LABEL com.example.container-name=\"app\"",
		},
		{
			ID: "aks-latest", Level: Warn, For: Images, Clouds: []string{"aks"}, Spec: "https://learn.microsoft.com/azure/aks/deployment-safeguards",
			What: "On AKS the reference has a tag other than latest, or a digest.",
			Why:  "Deployment Safeguards warn of images without a tag or with the tag latest, and refuse them where they enforce.",
			Bad:  "image: example.com/app",
			Good: "image: example.com/app:v1.4.2",
		},
		{
			ID: "openshift-user", Level: Error, For: Images, Clouds: []string{"openshift"}, Spec: openshift,
			What: "On OpenShift the program starts as a user that is not in the image, with the group 0.",
			Why:  "OpenShift runs containers as a random user of the group root. What only its owner may execute or read does not start there.",
			Bad:  "COPY --chown=1001:1001 --chmod=700 app /app",
			Good: "COPY --chown=1001:0 --chmod=750 app /app",
		},
		{
			ID: "openshift-ports", Level: Warn, For: Images, Clouds: []string{"openshift"}, Spec: openshift,
			What: "On OpenShift no port below 1024 is exposed.",
			Why:  "The random user has no right to listen there.",
			Bad:  "EXPOSE 80",
			Good: "EXPOSE 8080",
		},
	}
}

const openshift = "https://github.com/openshift/openshift-docs/blob/main/modules/images-create-guide-openshift.adoc"
