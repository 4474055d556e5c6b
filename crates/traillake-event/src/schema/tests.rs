use super::*;

#[test]
fn the_documented_columns_are_all_there_in_order() {
    let names: Vec<_> = Schema::events().fields().iter().map(|field| field.name).collect();
    assert_eq!(names.len(), 35);
    assert_eq!((names[0], names[33], names[34]), ("eventversion", "eventjsonchecksum", "eventcontext"));
}

#[test]
fn lake_names_are_json_names_in_lower_case() {
    fn check(fields: &[Field]) {
        for field in fields {
            if !field.json.is_empty() && field.name != "credentiaisissuedto" {
                assert_eq!(field.name, field.json.to_lowercase());
            }
            if let Shape::Struct(fields) = field.shape {
                check(fields);
            }
        }
    }
    check(Schema::events().fields());
}

#[test]
fn physical_names_are_paths_and_differ_in_more_than_case() {
    let schema = Schema::events();
    let mut seen = std::collections::HashSet::new();
    for column in schema.columns() {
        assert!(seen.insert(column.name.to_lowercase()), "{} stands twice", column.name);
        assert!(column.path.is_empty() || column.name == column.path.join("_"));
    }
    assert!(!seen.contains(CALENDAR_DAY));
    assert_eq!(schema.column("requestParameters_bucketName").map(|column| column.kind), Some(Kind::HotKey));
}

#[test]
fn every_struct_has_a_bit() {
    let schema = Schema::events();
    assert_eq!(schema.object_bit(&["userIdentity"]), Some(0));
    assert!(schema.object_bit(&["userIdentity", "sessionContext", "sessionIssuer"]).is_some());
    assert!(schema.structs().len() <= 31, "the bits no longer fit an Int32");
}

#[test]
fn both_spellings_of_the_misspelt_field_have_one_type() {
    let logical = Schema::events().logical();
    let DataType::Struct(identity) = logical.field_with_name("useridentity").unwrap().data_type() else {
        panic!("useridentity is a struct")
    };
    let DataType::Struct(scope) = identity.find("inscopeof").unwrap().1.data_type() else {
        panic!("inscopeof is a struct")
    };
    let type_of = |name| scope.find(name).unwrap().1.data_type().clone();
    assert_eq!(type_of("credentiaisissuedto"), type_of("credentialsissuedto"));
}

#[test]
fn types_read_as_trino_writes_them() {
    let fields = Schema::events().fields();
    let lake_type = |name: &str| fields.iter().find(|field| field.name == name).unwrap().lake_type(fields);
    assert_eq!(lake_type("eventtime"), "timestamp(3)");
    assert_eq!(lake_type("resources"), "array(row(accountid varchar, type varchar, arn varchar, arnprefix varchar))");
    assert_eq!(lake_type("requestparameters"), "map(varchar, varchar)");
}
