{{- define "on" -}}
{{- if .Values.ingress.enabled -}}
true
{{- end -}}
{{- end -}}
{{- define "name" -}}
{{ .Release.Name }}-ui
{{- end -}}
