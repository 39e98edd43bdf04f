package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Finalizer is put on an object before the first write to AWS and taken off when nothing of the object is left there.
const Finalizer = "messaging.skein.dev/aws"

// Annotations that people set on objects.
const (
	// AnnotationReconcileAt asks for a full check now, at every new value.
	AnnotationReconcileAt = "skein.dev/reconcile-at"
	// AnnotationAllowDeleteWithMessages ("true") lets a deletion go on although queues still hold messages.
	AnnotationAllowDeleteWithMessages = "skein.dev/allow-delete-with-messages"
	// AnnotationAllowDeleteWithSubscribers ("true") lets a topic be deleted although others subscribe to it.
	AnnotationAllowDeleteWithSubscribers = "skein.dev/allow-delete-with-subscribers"
	// AnnotationAllowRetentionCut ("true") lets messageRetention be lowered on a queue that holds messages.
	AnnotationAllowRetentionCut = "skein.dev/allow-retention-cut"
	// AnnotationAllowCancelAdopted ("true") lets the deletion of a Redrive cancel a move task that was taken for its own after a lost answer.
	AnnotationAllowCancelAdopted = "skein.dev/allow-cancel-adopted"
	// AnnotationResumeRedrive resumes a halted schedule of deadLetter.redrive, at every new value.
	AnnotationResumeRedrive = "skein.dev/resume-redrive"
	// AnnotationAdoptFromCluster (the cluster id of the other operator) lets adoptionPolicy Adopt take over resources that carry that cluster's tags.
	AnnotationAdoptFromCluster = "skein.dev/adopt-from-cluster"
)

// DefaultAccountName is the AWSAccount that is meant where accountRef is absent.
const DefaultAccountName = "default"

// Duration is a length of time in Gateway API's format: one to four numbers with the units h, m, s or ms, such as "30s", "96h" or "1h30m".
// It is kept as it was written.
//
// +kubebuilder:validation:Pattern=`^([0-9]{1,5}(h|m|s|ms)){1,4}$`
// +kubebuilder:validation:MaxLength=24
type Duration string

// ARN is an Amazon Resource Name.
//
// +kubebuilder:validation:MaxLength=256
// +kubebuilder:validation:Pattern=`^arn:[a-z-]+:[a-z0-9-]+:[a-z0-9*?-]*:[0-9]*:.+$`
type ARN string

// Tags are AWS tags, put on every resource of the object beside Skein's own. Keys that begin with "aws:" or "skein.dev/" are reserved.
//
// +kubebuilder:validation:MaxProperties=30
// +kubebuilder:validation:XValidation:rule="self.all(k, size(k) >= 1 && size(k) <= 128 && !k.startsWith('aws:') && !k.startsWith('skein.dev/'))",message="tags: keys have 1 to 128 characters and do not begin with aws: or skein.dev/, which are reserved; rename the key"
type Tags map[string]TagValue

// TagValue is the value of an AWS tag.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=256
type TagValue string

// AccountReference names an AWSAccount (cluster-scoped).
type AccountReference struct {
	// name of the AWSAccount.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
}

// LocalReference names an object of the same namespace.
type LocalReference struct {
	// name of the object.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
}

// DeletionPolicy says what becomes of the AWS resources when the object is deleted.
type DeletionPolicy string

// The deletion policies.
const (
	// DeletionDeleteIfEmpty deletes queues once they have been empty for a while; until then the object waits.
	DeletionDeleteIfEmpty DeletionPolicy = "DeleteIfEmpty"
	// DeletionDelete deletes at once, messages included; a topic still waits while others subscribe to it.
	DeletionDelete DeletionPolicy = "Delete"
	// DeletionRetain leaves everything in AWS as it is and makes no AWS call.
	DeletionRetain DeletionPolicy = "Retain"
)

// DriftPolicy says what becomes of differences that somebody else made in AWS.
type DriftPolicy string

// The drift policies.
const (
	// DriftCorrect sets back what was changed.
	DriftCorrect DriftPolicy = "Correct"
	// DriftReport tells of it in status.drift and leaves it.
	DriftReport DriftPolicy = "Report"
)

// AdoptionPolicy says what becomes of AWS resources that exist under the object's names and that Skein did not make.
type AdoptionPolicy string

// The adoption policies.
const (
	// AdoptionNever leaves them alone; the object is stalled.
	AdoptionNever AdoptionPolicy = "Never"
	// AdoptionAdopt takes them over, if the AWSAccount allows it.
	AdoptionAdopt AdoptionPolicy = "Adopt"
)

// Management says how Skein treats what it finds in AWS.
type Management struct {
	// driftPolicy is Correct (default) or Report: what becomes of differences that somebody else made in AWS. Report leaves them, also a resource that
	// was deleted there, and tells of them in status.drift; changes of the spec are applied all the same.
	// +kubebuilder:validation:Enum=Correct;Report
	// +optional
	DriftPolicy DriftPolicy `json:"driftPolicy,omitempty"`
	// driftExceptions are fields whose differences are left and reported under Correct too.
	// +kubebuilder:validation:MaxItems=20
	// +listType=atomic
	// +optional
	DriftExceptions []DriftException `json:"driftExceptions,omitempty"`
	// adoptionPolicy is Never (default) or Adopt: whether resources that exist under these names and are nobody's are taken over. It needs adoption: Allowed
	// on the AWSAccount. What the spec does not say keeps the value that was found, until the spec says it.
	// +kubebuilder:validation:Enum=Never;Adopt
	// +optional
	AdoptionPolicy AdoptionPolicy `json:"adoptionPolicy,omitempty"`
	// suspend: AWS is looked at and nothing is written to it; status.plan tells what would be done. Default false.
	// +optional
	Suspend bool `json:"suspend,omitempty"`
}

// DriftException names one field of one resource.
type DriftException struct {
	// resource is queue/NAME, topic/NAME, alarm/NAME or subscription/TOPIC-ARN, as in status.resources.
	// +kubebuilder:validation:Pattern=`^(queue|topic|subscription|alarm)/.+$`
	// +kubebuilder:validation:MaxLength=350
	Resource string `json:"resource"`
	// field is the AWS attribute, such as VisibilityTimeout, or Policy[SID], or Tags[KEY].
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=160
	Field string `json:"field"`
}

// DriftState says what became of a difference.
//
// +kubebuilder:validation:Enum=Detected;Reported;Corrected
type DriftState string

// The states of drift.
const (
	// DriftDetected is there still: setting it back was refused or failed, and the conditions say why.
	DriftDetected DriftState = "Detected"
	// DriftReported is there still and is left: by driftPolicy, driftExceptions or suspend.
	DriftReported DriftState = "Reported"
	// DriftCorrected was set back.
	DriftCorrected DriftState = "Corrected"
)

// DriftStatus is one field that somebody else changed in AWS.
type DriftStatus struct {
	// resource as in status.resources.
	// +kubebuilder:validation:MaxLength=350
	Resource string `json:"resource"`
	// field is the AWS attribute, Policy[SID] or Tags[KEY]; Existence where the resource itself was gone.
	// +kubebuilder:validation:MaxLength=160
	Field string `json:"field"`
	// desired value; empty means absent. Long values are cut.
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	Desired string `json:"desired,omitempty"`
	// observed value; empty means absent. Long values are cut.
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	Observed string `json:"observed,omitempty"`
	// detectedAt is when it was declared to be drift.
	DetectedAt metav1.Time `json:"detectedAt"`
	// state is Detected, Reported or Corrected.
	State DriftState `json:"state"`
}

// PlannedStep is one thing that Skein would do in AWS, or will not do.
type PlannedStep struct {
	// action is Create, Update, Delete, Release (let go, without touching it), Adopt, Report (a difference that is left) or Blocked.
	// +kubebuilder:validation:Enum=Create;Update;Delete;Release;Adopt;Report;Blocked
	Action string `json:"action"`
	// resource as in status.resources.
	// +kubebuilder:validation:MaxLength=350
	Resource string `json:"resource"`
	// changes of fields, at most 20.
	// +kubebuilder:validation:MaxItems=20
	// +listType=atomic
	// +optional
	Changes []PlannedChange `json:"changes,omitempty"`
	// reason of an action that is not carried out: a condition reason.
	// +kubebuilder:validation:MaxLength=128
	// +optional
	Reason string `json:"reason,omitempty"`
	// message says more.
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	Message string `json:"message,omitempty"`
}

// PlannedChange is one field of a step.
type PlannedChange struct {
	// field is the AWS attribute, Policy[SID] or Tags[KEY].
	// +kubebuilder:validation:MaxLength=160
	Field string `json:"field"`
	// from is the value in AWS; empty means absent. Long values are cut.
	// +kubebuilder:validation:MaxLength=256
	// +optional
	From string `json:"from,omitempty"`
	// to is the value that it would get; empty means absent. Long values are cut.
	// +kubebuilder:validation:MaxLength=256
	// +optional
	To string `json:"to,omitempty"`
}

// AccountStatus is the account that an object was first applied in; it never changes by itself.
type AccountStatus struct {
	// name of the AWSAccount.
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
	// accountID is the AWS account, 12 digits.
	// +kubebuilder:validation:MaxLength=12
	AccountID string `json:"accountID"`
	// region is the AWS region.
	// +kubebuilder:validation:MaxLength=32
	Region string `json:"region"`
}

// ResourceState says how far a row of the inventory is.
//
// +kubebuilder:validation:Enum=Creating;Present;Leaving;Held;Adopting
type ResourceState string

// The states of an inventory row.
const (
	// ResourceCreating is a row written before its creating call, or one whose call has not succeeded yet.
	ResourceCreating ResourceState = "Creating"
	// ResourcePresent is a row of a resource that was applied.
	ResourcePresent ResourceState = "Present"
	// ResourceLeaving is a row of a resource that left the spec and waits to be deleted.
	ResourceLeaving ResourceState = "Leaving"
	// ResourceHeld is a row left as it is, because what it depends on cannot be read.
	ResourceHeld ResourceState = "Held"
	// ResourceAdopting is a row of a resource that somebody else made and that is taken over at the next look.
	ResourceAdopting ResourceState = "Adopting"
)

// ResourceStatus is one row of the inventory: what Skein set last on one AWS resource.
type ResourceStatus struct {
	// resource is queue/NAME, topic/NAME, alarm/NAME or subscription/TOPIC-ARN.
	// +kubebuilder:validation:MaxLength=300
	Resource string `json:"resource"`
	// arn of the resource; empty for a subscription that has not been made yet.
	// +kubebuilder:validation:MaxLength=400
	// +optional
	ARN string `json:"arn,omitempty"`
	// url of a queue.
	// +kubebuilder:validation:MaxLength=400
	// +optional
	URL string `json:"url,omitempty"`
	// state of the row.
	State ResourceState `json:"state"`
	// fields holds a short hash of each value that was applied; empty where a failed call may have applied it.
	// +kubebuilder:validation:MaxProperties=120
	// +optional
	Fields map[string]string `json:"fields,omitempty"`
	// kept are values found at adoption that stay as long as the spec does not say the field.
	// +kubebuilder:validation:MaxProperties=60
	// +optional
	Kept map[string]string `json:"kept,omitempty"`
	// appliedAt is when AWS was last changed.
	// +optional
	AppliedAt *metav1.Time `json:"appliedAt,omitempty"`
}

// GetConditions and its like give the controllers one view of all kinds.
func (in *AWSAccount) GetConditions() *[]metav1.Condition { return &in.Status.Conditions }

// GetConditions gives the conditions for reading and changing.
func (in *MessagingTopology) GetConditions() *[]metav1.Condition { return &in.Status.Conditions }

// GetConditions gives the conditions for reading and changing.
func (in *ConsumerQueue) GetConditions() *[]metav1.Condition { return &in.Status.Conditions }
