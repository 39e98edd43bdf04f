package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// AWSAccountSpec says where messaging lives in AWS, and as whom the operator goes there.
//
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.accountID) || (has(self.accountID) && self.accountID == oldSelf.accountID)",message="spec.accountID cannot be changed or removed once set: create another AWSAccount and let new objects refer to it"
type AWSAccountSpec struct {
	// accountID is the AWS account, 12 digits. Absent: the first identity seen is pinned in status.accountID. Immutable once set.
	// +kubebuilder:validation:Pattern=`^[0-9]{12}$`
	// +kubebuilder:validation:MaxLength=12
	// +optional
	AccountID string `json:"accountID,omitempty"`

	// region is the AWS region, such as eu-west-1. Immutable.
	// +kubebuilder:validation:Pattern=`^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$`
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="spec.region is immutable: create another AWSAccount for the other region and let new objects refer to it"
	Region string `json:"region"`

	// endpoint is where all AWS services are reached: an emulator or a VPC endpoint. Absent: AWS's own endpoints of the region.
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`^https?://[^/ ]+/?.*$`
	// +optional
	Endpoint string `json:"endpoint,omitempty"`

	// endpoints overrides the endpoint service by service.
	// +optional
	Endpoints *ServiceEndpoints `json:"endpoints,omitempty"`

	// credentials says as whom. Absent: the SDK's default chain (IRSA, EKS Pod Identity, environment).
	// +optional
	Credentials *Credentials `json:"credentials,omitempty"`

	// allowedNamespaces says whose objects may use this account. Default: all.
	// +optional
	AllowedNamespaces *AllowedNamespaces `json:"allowedNamespaces,omitempty"`

	// adoption says whether objects of this account may take over AWS resources that Skein did not make (their adoptionPolicy): Forbidden (default) or Allowed.
	// +kubebuilder:validation:Enum=Forbidden;Allowed
	// +optional
	Adoption Adoption `json:"adoption,omitempty"`

	// resyncPeriod is the time between two looks at AWS for an object at rest, jittered. Default 10m, at least 10s.
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('10s') && duration(self) <= duration('24h')",message="spec.resyncPeriod must be between 10s and 24h"
	// +optional
	ResyncPeriod Duration `json:"resyncPeriod,omitempty"`

	// tags are put on everything made in this account; tags of an object win.
	// +optional
	Tags Tags `json:"tags,omitempty"`
}

// ServiceEndpoints are endpoints of single AWS services.
type ServiceEndpoints struct {
	// sqs is the endpoint of Amazon SQS.
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`^https?://[^/ ]+/?.*$`
	// +optional
	SQS string `json:"sqs,omitempty"`
	// sns is the endpoint of Amazon SNS.
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`^https?://[^/ ]+/?.*$`
	// +optional
	SNS string `json:"sns,omitempty"`
	// sts is the endpoint of AWS STS.
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`^https?://[^/ ]+/?.*$`
	// +optional
	STS string `json:"sts,omitempty"`
	// kms is the endpoint of AWS KMS.
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`^https?://[^/ ]+/?.*$`
	// +optional
	KMS string `json:"kms,omitempty"`
	// cloudwatch is the endpoint of Amazon CloudWatch.
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`^https?://[^/ ]+/?.*$`
	// +optional
	CloudWatch string `json:"cloudwatch,omitempty"`
	// tagging is the endpoint of the Resource Groups Tagging API.
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`^https?://[^/ ]+/?.*$`
	// +optional
	Tagging string `json:"tagging,omitempty"`
}

// Credentials is an identity; both members together mean: assume the role with the keys of the secret.
//
// +kubebuilder:validation:XValidation:rule="has(self.assumeRole) || has(self.secretRef)",message="spec.credentials needs assumeRole or secretRef; leave credentials out for the SDK's default chain"
type Credentials struct {
	// assumeRole names a role to assume.
	// +optional
	AssumeRole *AssumeRole `json:"assumeRole,omitempty"`
	// secretRef names a Secret in the operator's namespace with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, optionally, AWS_SESSION_TOKEN.
	// +optional
	SecretRef *LocalReference `json:"secretRef,omitempty"`
}

// AssumeRole is an IAM role and what its trust policy asks for.
type AssumeRole struct {
	// roleARN of the role.
	// +kubebuilder:validation:Pattern=`^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$`
	RoleARN ARN `json:"roleARN"`
	// externalID that the role's trust policy asks for. AWS takes two characters and more (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html).
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1224
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9_+=,.@:/-]*$`
	// +optional
	ExternalID string `json:"externalID,omitempty"`
}

// NamespaceFrom says which namespaces are meant.
type NamespaceFrom string

// The ways to name namespaces.
const (
	// NamespacesAll means every namespace.
	NamespacesAll NamespaceFrom = "All"
	// NamespacesSame means the object's own namespace.
	NamespacesSame NamespaceFrom = "Same"
	// NamespacesSelector means the namespaces whose labels a selector matches.
	NamespacesSelector NamespaceFrom = "Selector"
)

// AllowedNamespaces says whose objects may use an account.
//
// +kubebuilder:validation:XValidation:rule="has(self.selector) == (has(self.from) && self.from == 'Selector')",message="selector goes with from: Selector, and only with it"
type AllowedNamespaces struct {
	// from is All (default) or Selector.
	// +kubebuilder:validation:Enum=All;Selector
	// +optional
	From NamespaceFrom `json:"from,omitempty"`
	// selector of namespaces by their labels.
	// +optional
	Selector *metav1.LabelSelector `json:"selector,omitempty"`
}

// Adoption says whether AWS resources that Skein did not make may be taken over.
type Adoption string

// The values of adoption.
const (
	// AdoptionForbidden lets nobody adopt.
	AdoptionForbidden Adoption = "Forbidden"
	// AdoptionAllowed lets objects adopt that ask for it.
	AdoptionAllowed Adoption = "Allowed"
)

// AWSAccountStatus is what the operator saw.
type AWSAccountStatus struct {
	// observedGeneration is the generation that the conditions speak of; -1 before the first look.
	// +kubebuilder:default=-1
	// +optional
	ObservedGeneration int64 `json:"observedGeneration"`
	// accountID of the identity seen first; it never changes by itself.
	// +kubebuilder:validation:MaxLength=12
	// +optional
	AccountID string `json:"accountID,omitempty"`
	// partition of the identity: aws, aws-cn or aws-us-gov.
	// +kubebuilder:validation:MaxLength=32
	// +optional
	Partition string `json:"partition,omitempty"`
	// region in use.
	// +kubebuilder:validation:MaxLength=32
	// +optional
	Region string `json:"region,omitempty"`
	// conditions: Ready.
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// AWSAccount is an AWS account and region, and the identity with which the operator works there.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Cluster,shortName=awsacct,categories=skein
// +kubebuilder:printcolumn:name="READY",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="ACCOUNT",type=string,JSONPath=`.status.accountID`
// +kubebuilder:printcolumn:name="REGION",type=string,JSONPath=`.spec.region`
// +kubebuilder:printcolumn:name="REASON",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="AGE",type=date,JSONPath=`.metadata.creationTimestamp`
type AWSAccount struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what is wanted.
	Spec AWSAccountSpec `json:"spec"`
	// status is what was seen.
	// +kubebuilder:default={"observedGeneration":-1}
	// +optional
	Status AWSAccountStatus `json:"status,omitempty"`
}

// AWSAccountList is a list of AWSAccounts.
//
// +kubebuilder:object:root=true
type AWSAccountList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []AWSAccount `json:"items"`
}
