package demand

// Field is a 技术领域: one of the eleven technology fields of technology contract registration.
type Field string

// The fields.
const (
	ElectronicInformation Field = "electronic_information"
	Aerospace             Field = "aerospace"
	AdvancedManufacturing Field = "advanced_manufacturing"
	Biomedicine           Field = "biomedicine"
	NewMaterials          Field = "new_materials"
	NewEnergy             Field = "new_energy"
	Environment           Field = "environment"
	Nuclear               Field = "nuclear"
	Agriculture           Field = "agriculture"
	Transport             Field = "transport"
	UrbanSociety          Field = "urban_society"
)

// Values lists the fields for ent, in the order of the registration form.
func (Field) Values() []string {
	return []string{
		string(ElectronicInformation), string(Aerospace), string(AdvancedManufacturing), string(Biomedicine), string(NewMaterials),
		string(NewEnergy), string(Environment), string(Nuclear), string(Agriculture), string(Transport), string(UrbanSociety),
	}
}
