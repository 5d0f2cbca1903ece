"""Does a small day's work at Linnworks with the public client linnworks-api-python, as it comes from PyPI.

Reads the address and the credentials from the environment, writes what it saw as one JSON object to standard output.
"""

import json
import os

from linnworks_api.generated.auth.configuration import Configuration as AuthConfiguration
from linnworks_api.generated.auth.api import AuthApi
from linnworks_api.generated.auth.models.authorize_by_application_request import AuthorizeByApplicationRequest
from linnworks_api.generated.inventory.api import InventoryApi
from linnworks_api.generated.inventory.base_client import LinnworksClient as InventoryClient
from linnworks_api.generated.inventory.base_client import LinnworksConfig
from linnworks_api.generated.inventory.configuration import Configuration as InventoryConfiguration
from linnworks_api.generated.orders.api import OrdersApi
from linnworks_api.generated.orders.base_client import LinnworksClient as OrdersClient
from linnworks_api.generated.orders.configuration import Configuration as OrdersConfiguration
from linnworks_api.generated.orders.models.orders_get_open_orders_request import OrdersGetOpenOrdersRequest
from linnworks_api.generated.orders.models.orders_get_orders_by_id_request import OrdersGetOrdersByIdRequest
from linnworks_api.generated.orders.models.orders_process_order_request import OrdersProcessOrderRequest
from linnworks_api.generated.stock.api import StockApi
from linnworks_api.generated.stock.base_client import LinnworksClient as StockClient
from linnworks_api.generated.stock.configuration import Configuration as StockConfiguration
from linnworks_api.generated.stock.models.stock_level_update import StockLevelUpdate
from linnworks_api.generated.stock.models.stock_set_stock_level_request import StockSetStockLevelRequest

login = os.environ["LINNWORKS_URL"]
credentials = LinnworksConfig(
    client_id=os.environ["LINNWORKS_APPLICATION_ID"],
    client_secret=os.environ["LINNWORKS_APPLICATION_SECRET"],
    token=os.environ["LINNWORKS_TOKEN"],
)

# The client's own hook for another server; its clients log in through AuthApi(), which takes this default.
AuthConfiguration.set_default(AuthConfiguration(host=login))

session = AuthApi().authorize_by_application(
    AuthorizeByApplicationRequest(
        ApplicationId=credentials.client_id,
        ApplicationSecret=credentials.client_secret,
        Token=credentials.token,
    )
)
server = session.server


def connected(client, configuration):
    return client(credentials, configuration(host=server))


inventory = InventoryApi(connected(InventoryClient, InventoryConfiguration))
orders = OrdersApi(connected(OrdersClient, OrdersConfiguration))
stock = StockApi(connected(StockClient, StockConfiguration))

locations = inventory.get_stock_locations()
default = next(location for location in locations if location.location_name == "Default")

page = orders.get_open_orders(
    OrdersGetOpenOrdersRequest(entriesPerPage=50, pageNumber=1, fulfilmentCenter=default.stock_location_id)
)
details = orders.get_orders_by_id(OrdersGetOrdersByIdRequest(pkOrderIds=[order.order_id for order in page.data]))
first = details[0]
processed = orders.process_order(
    OrdersProcessOrderRequest(
        orderId=first.order_id, scanPerformed=True, locationId=default.stock_location_id, context=None
    )
)
sku = os.environ["SKU_TO_COUNT"]
levels = stock.set_stock_level(
    StockSetStockLevelRequest(
        stockLevels=[StockLevelUpdate(SKU=sku, LocationId=default.stock_location_id, Level=int(os.environ["LEVEL"]))],
        changeSource="counted by hand",
    )
)

print(
    json.dumps(
        {
            "server": server,
            "locations": sorted(location.location_name for location in locations),
            "open_orders": page.total_entries,
            "details": [
                {"id": order.order_id, "number": order.num_order_id, "lines": len(order.items)} for order in details
            ],
            "processed": {"id": processed.order_id, "done": processed.processed, "error": processed.error},
            "levels": [{"sku": level.sku, "level": level.stock_level} for level in levels],
        }
    )
)
