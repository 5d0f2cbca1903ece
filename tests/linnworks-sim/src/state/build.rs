//! Small steps by which accounts and orders grow, shared by seeds, rules and endpoints.

use super::{Account, Folder, Location, OrderItem, PostalService, StockItem, Supplier, defaults};
use uuid::Uuid;

impl Account {
    /// Adds a folder unless there is one with this name.
    pub fn add_folder(&mut self, name: &str) {
        if !name.is_empty() && !self.has_folder(name) {
            let id = Uuid::new_v5(&self.id, format!("folder/{name}").as_bytes());
            self.folders.push(Folder { id, folder_name: name.to_owned() });
        }
    }

    /// Is there a folder with this name?
    pub fn has_folder(&self, name: &str) -> bool {
        self.folders.iter().any(|folder| folder.folder_name.eq_ignore_ascii_case(name))
    }

    /// Adds a location, or replaces the one with its id. A missing number is given.
    pub fn put_location(&mut self, mut location: Location) {
        let next = self.locations.iter().map(|known| known.stock_location_int_id).max().unwrap_or_default() + 1;
        match self.locations.iter_mut().find(|known| known.stock_location_id == location.stock_location_id) {
            Some(known) => {
                if location.stock_location_int_id == 0 {
                    location.stock_location_int_id = known.stock_location_int_id;
                }
                *known = location;
            }
            None => {
                if location.stock_location_int_id == 0 {
                    location.stock_location_int_id = next;
                }
                self.locations.push(location);
            }
        }
    }

    /// Adds a supplier, or replaces the one with its id. One without an id gets one by its name, "Default" the zero GUID.
    pub fn put_supplier(&mut self, mut supplier: Supplier) {
        if supplier.id.is_nil() && !supplier.supplier_name.eq_ignore_ascii_case("default") {
            supplier.id = Uuid::new_v5(&self.id, format!("supplier/{}", supplier.supplier_name).as_bytes());
        }
        match self.suppliers.iter_mut().find(|known| known.id == supplier.id) {
            Some(known) => *known = supplier,
            None => self.suppliers.push(supplier),
        }
    }

    /// The postal service with this name; made when there is none.
    pub fn service_by_name(&mut self, name: &str, vendor: &str) -> PostalService {
        if let Some(known) = self.find_service(name) {
            return known.clone();
        }
        let service = defaults::postal_service(name, vendor);
        self.postal_services.push(service.clone());
        service
    }

    /// The postal service with this name, any case.
    pub fn find_service(&self, name: &str) -> Option<&PostalService> {
        self.postal_services.iter().find(|service| service.postal_service_name.eq_ignore_ascii_case(name.trim()))
    }
}

impl OrderItem {
    /// Takes from the stock item what the line leaves out, and its components with their whole quantity.
    pub fn take_over(&mut self, item: &StockItem, account: &Account) {
        self.stock_item_int_id = item.stock_item_int_id;
        if self.sku.is_empty() {
            self.sku.clone_from(&item.item_number);
        }
        if self.title.is_empty() {
            self.title.clone_from(&item.item_title);
        }
        if self.barcode_number.is_none() && !item.barcode_number.is_empty() {
            self.barcode_number = Some(item.barcode_number.clone());
        }
        if self.weight == 0.0 {
            self.weight = item.weight;
        }
        if self.unit_cost == 0.0 {
            self.unit_cost = item.purchase_price;
        }
        if self.inventory_tracking_type == 0 {
            self.inventory_tracking_type = item.inventory_tracking_type;
        }
        self.batch_number_scan_required |= item.batch_number_scan_required;
        self.serial_number_scan_required |= item.serial_number_scan_required;
        let own_sku = self.sku.clone();
        self.channel_sku.get_or_insert(own_sku);
        let own_title = self.title.clone();
        self.channel_title.get_or_insert(own_title);
        if self.composite_sub_items.is_empty() && item.is_composite() {
            self.composite_sub_items = item
                .composition
                .iter()
                .filter_map(|part| {
                    let component = account.items.get(part.linked_stock_item_id)?;
                    let mut line = Self {
                        stock_item_id: component.stock_item_id,
                        quantity: part.quantity * self.quantity,
                        sku: component.item_number.clone(),
                        item_source: Some(String::new()),
                        channel_sku: Some(String::new()),
                        channel_title: Some(String::new()),
                        ..Self::default()
                    };
                    line.take_over(component, account);
                    Some(line)
                })
                .collect();
        }
    }
}
