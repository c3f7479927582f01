//! The tables, as both databases have them.

use diesel::{allow_tables_to_appear_in_same_query, joinable, table};

table! {
    study (id) {
        id -> BigInt, name -> Text, synthetic -> Bool, lonely_psu -> Text, phase -> Text, weekly_interviews -> Integer, referral_days -> Integer,
        keep_until -> Text,
    }
}
table! { response_change (study_id) { study_id -> BigInt, changes -> BigInt, } }
table! { mark (number) { number -> BigInt, } }
table! { person (id) { id -> BigInt, email -> Text, name -> Text, password_hash -> Text, disabled -> Bool, recipient -> Nullable<Text>, } }
table! { assignment (person_id, study_id, role) { person_id -> BigInt, study_id -> BigInt, role -> Text, } }
table! { session (token_hash) { token_hash -> Binary, person_id -> BigInt, expires_at -> BigInt, used_at -> BigInt, } }
table! {
    device (id) {
        id -> BigInt, study_id -> BigInt, name -> Text, token_hash -> Binary, expires_on -> Text, revoked -> Bool, last_week -> Text,
    }
}
table! {
    form_version (id) {
        id -> BigInt, study_id -> BigInt, form_id -> Text, version -> Text, hash -> Binary, title -> Text, workbook -> Text, state -> Text,
        created_at -> Text, published_at -> Text,
    }
}
table! {
    form_draft (id) {
        id -> BigInt, study_id -> BigInt, form_id -> Text, version -> Text, hash -> Binary, title -> Text, workbook -> Text,
        token -> Text, created_at -> Text,
    }
}
table! { draft_file (draft_id, name) { draft_id -> BigInt, name -> Text, content -> Binary, md5 -> Text, sha256 -> Binary, updated_at -> Text, } }
table! { version_file (form_version_id, name) { form_version_id -> BigInt, name -> Text, content -> Binary, md5 -> Text, sha256 -> Binary, updated_at -> Text, } }
table! {
    review (id) {
        id -> BigInt, study_id -> BigInt, form_version_id -> BigInt, asked_by -> BigInt, dossier -> Text,
        decision -> Nullable<Text>, decided_by -> Nullable<BigInt>,
    }
}
table! { approval (id) { id -> BigInt, study_id -> BigInt, review_id -> BigInt, form_id -> Text, form_hash -> Binary, decision -> Text, } }
table! { suspension (id) { id -> BigInt, study_id -> BigInt, form_id -> Text, area -> Text, reason -> Text, lifted -> Bool, } }
table! { psu (id) { id -> BigInt, study_id -> BigInt, stratum -> Text, code -> Text, sex -> Integer, region -> Text, urban -> Text, } }
table! { sampled_case (study_id, code) { study_id -> BigInt, code -> Text, psu_id -> BigInt, base_weight -> Double, } }
table! {
    response (id) {
        id -> Binary, study_id -> BigInt, form_version_id -> BigInt, approval_id -> BigInt, psu_id -> BigInt,
        case_pseudonym -> Binary, is_current -> Bool, result -> Integer, sex -> Integer, age_years -> Nullable<Integer>,
        contact_age_group -> Nullable<Integer>, disability -> Text, n_eligible -> Integer, iso_week -> Text,
        duration_band -> Text, answers -> Text, row_hash -> Nullable<Binary>, instance_mac -> Nullable<Binary>,
        content_mac -> Nullable<Binary>, withdrawal_mac -> Nullable<Binary>,
    }
}
table! {
    response_instance (response_id, repeat_name, number) {
        response_id -> Binary, repeat_name -> Text, number -> Integer, around -> Integer, answers -> Text,
    }
}
table! { retention (held_to) { held_to -> Text, } }
table! { unscrubbed (number) { number -> BigInt, } }
table! { erasure (study_id) { study_id -> BigInt, erased_on -> Text, responses -> BigInt, } }
table! { own_words (id) { id -> Binary, response_id -> Binary, question -> Text, place -> Integer, words -> Text, erase_after -> Text, } }
table! {
    receipt (instance_mac, content_mac) {
        instance_mac -> Binary, content_mac -> Binary, deprecated_mac -> Nullable<Binary>, response_id -> Nullable<Binary>,
        set_aside_id -> Nullable<BigInt>, row_hash -> Nullable<Binary>,
    }
}
table! {
    set_aside (id) {
        id -> BigInt, study_id -> BigInt, reason -> Text, iso_week -> Text, destroy_after -> Text, sealed -> Binary,
        form_version_id -> Nullable<BigInt>, kind -> Text, of_record -> Nullable<BigInt>, parts_named -> Integer, opens_with -> Text,
        state -> Text, again_instance -> Nullable<Binary>, again_content -> Nullable<Binary>,
    }
}
table! {
    set_aside_decision (id) {
        id -> BigInt, set_aside_id -> BigInt, decision -> Text, reason -> Text, because -> Text, decided_by -> Nullable<BigInt>,
        decided_on -> Text,
    }
}
table! {
    link_cut (study_id) {
        study_id -> BigInt, cut_by -> BigInt, cut_on -> Text, because -> Text, cases -> BigInt, responses -> BigInt,
        joined_before -> BigInt, joined_after -> BigInt,
    }
}
table! {
    research_file (id) {
        id -> BigInt, study_id -> BigInt, asked_by -> BigInt, asked_on -> Text, request -> Text, report -> Text, content -> Nullable<Binary>,
        granted_by -> Nullable<BigInt>, because -> Text, expires_on -> Text,
    }
}
table! {
    row_grant (id) {
        id -> BigInt, study_id -> BigInt, asked_by -> BigInt, asked_on -> Text, form_id -> Text, because -> Text,
        reviewer_id -> Nullable<BigInt>, coordinator_id -> Nullable<BigInt>, expires_on -> Text, ended_by -> Nullable<BigInt>,
    }
}
table! {
    weight_set (id) { id -> BigInt, study_id -> BigInt, name -> Text, form_version_id -> BigInt, recipe -> Text, diagnostics -> Text, }
}
table! {
    release (id) {
        id -> BigInt, study_id -> BigInt, name -> Text, state -> Text, weight_set_id -> BigInt, form_version_id -> BigInt, data -> Binary,
        follows -> BigInt, made_by -> BigInt, made_on -> Text, approved_by -> Nullable<BigInt>, frozen_on -> Nullable<Text>, loss -> Text,
        digest -> Text,
    }
}
table! {
    release_table (release_id, place) {
        release_id -> BigInt, place -> Integer, indicator -> Text, dimensions -> Text, json -> Text, csv -> Text, cells -> Text,
    }
}
table! { release_file (release_id, name) { release_id -> BigInt, name -> Text, content -> Binary, } }
table! { weight (weight_set_id, response_id) { weight_set_id -> BigInt, response_id -> Binary, value -> Double, before_calibration -> Double, } }
table! {
    referral (study_id, place) {
        study_id -> BigInt, place -> Integer, region -> Text, service -> Text, purpose -> Text, reach -> Text, hours -> Text, languages -> Text,
        verified_on -> Text,
    }
}
table! { device_psu (device_id, psu_id) { device_id -> BigInt, psu_id -> BigInt, } }
table! { device_week (device_id, week) { device_id -> BigInt, week -> Text, interviews -> Integer, row_hash -> Nullable<Binary>, } }
table! { second_factor (person_id) { person_id -> BigInt, salt -> Binary, confirmed -> Bool, last_step -> BigInt, } }
table! { recovery_code (person_id, code_hash) { person_id -> BigInt, code_hash -> Binary, } }
table! {
    trail (number) {
        number -> BigInt, week -> Text, role -> Text, actor_id -> BigInt, action -> Text, study_id -> BigInt, form_id -> Text, version -> Text,
        actee_id -> BigInt, details -> Text, hash -> Binary,
    }
}
table! { trail_head (id) { id -> BigInt, number -> BigInt, hash -> Binary, signature -> Binary, } }

joinable!(sampled_case -> psu (psu_id));
joinable!(set_aside -> form_version (form_version_id));
joinable!(response_instance -> response (response_id));
joinable!(own_words -> response (response_id));
joinable!(weight -> response (response_id));
joinable!(weight -> weight_set (weight_set_id));
joinable!(release_table -> release (release_id));
joinable!(release_file -> release (release_id));
joinable!(device_week -> device (device_id));
joinable!(device_psu -> device (device_id));
joinable!(device_psu -> psu (psu_id));
allow_tables_to_appear_in_same_query!(person, session, assignment);
allow_tables_to_appear_in_same_query!(sampled_case, psu);
allow_tables_to_appear_in_same_query!(device_week, device);
allow_tables_to_appear_in_same_query!(device_psu, device);
allow_tables_to_appear_in_same_query!(device_psu, psu);
allow_tables_to_appear_in_same_query!(device_psu, sampled_case);
allow_tables_to_appear_in_same_query!(weight, response);
allow_tables_to_appear_in_same_query!(weight, weight_set);
allow_tables_to_appear_in_same_query!(release_table, release);
allow_tables_to_appear_in_same_query!(release_file, release);
allow_tables_to_appear_in_same_query!(response_instance, response);
allow_tables_to_appear_in_same_query!(own_words, response);
allow_tables_to_appear_in_same_query!(receipt, response);
allow_tables_to_appear_in_same_query!(receipt, set_aside);
allow_tables_to_appear_in_same_query!(set_aside, form_version);
