// Package v1alpha1 holds the API types of the group messaging.skein.dev.
//
// +kubebuilder:object:generate=true
// +groupName=messaging.skein.dev
package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the group and version of every kind in this package.
var GroupVersion = schema.GroupVersion{Group: "messaging.skein.dev", Version: "v1alpha1"}

var schemeBuilder = runtime.NewSchemeBuilder(addKnownTypes)

// AddToScheme registers the kinds of this package with a scheme.
var AddToScheme = schemeBuilder.AddToScheme

func addKnownTypes(s *runtime.Scheme) error {
	s.AddKnownTypes(GroupVersion,
		&AWSAccount{}, &AWSAccountList{},
		&MessagingTopology{}, &MessagingTopologyList{},
		&ConsumerQueue{}, &ConsumerQueueList{},
		&Redrive{}, &RedriveList{},
	)
	metav1.AddToGroupVersion(s, GroupVersion)
	return nil
}
